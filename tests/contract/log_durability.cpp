// What append() promises when it returns: it is there after a restart. The check is a function, so that a log which
// breaks the promise shows that the check would notice.
#include "tests/contract/log_fixture.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::store;
using namespace noroshi::store::test;

namespace {

// Whether everything acknowledged before each of several restarts is there after it, and the log goes on behind it.
bool keeps_what_it_acknowledged(test::Subject& subject) {
  std::uint64_t acknowledged = 0;
  for (int restart = 0; restart < 3; ++restart) {
    for (std::uint64_t i = 0; i < 2; ++i) {
      subject.log().append(std::vector{report(acknowledged + 1), report(acknowledged + 2, Lane::batched)});
      acknowledged += 2;
    }
    subject.reopen();
    if (subject.log().head() != Seq{acknowledged} || subject.reader().head() != Seq{acknowledged}) return false;
    const auto all = subject.reader().read(Seq{1}, {}, {});
    if (all.entries.size() != acknowledged || all.upto != Seq{acknowledged}) return false;
    for (std::uint64_t seq = 1; seq <= acknowledged; ++seq) {
      if (all.entries[seq - 1].body != report(seq).entry.body) return false;
      const auto found = subject.reader().find(report_id(seq));
      if (!found || found->seq != Seq{seq}) return false;
    }
    try {  // what it acknowledged it also remembers as a duplicate
      NewEntry again = report(acknowledged + 1);
      again.report = report_id(1);
      subject.log().append(std::vector{again});
      return false;
    } catch (const std::logic_error&) {
    }
  }
  return true;
}

// Says yes before it is true: the last batch is lost at a restart.
class ForgetfulLog : public MemoryLog {
 public:
  void append(std::span<const NewEntry> batch) override {
    before_last_ = head();
    MemoryLog::append(batch);
  }
  static void restart(MemoryLog& log) { log.stored().resize(static_cast<ForgetfulLog&>(log).before_last_.value); }

 private:
  Seq before_last_{};
};

}  // namespace

TEST_CASE("what was acknowledged is there after a restart") {
  const auto name = GENERATE(from_range(kSubjects.begin(), kSubjects.end()));
  INFO("log: " << name);
  CHECK(keeps_what_it_acknowledged(*subject(name)));
}

TEST_CASE("the check notices a log that acknowledges too early") {
  CHECK_FALSE(keeps_what_it_acknowledged(*memory_subject(std::make_unique<ForgetfulLog>(), ForgetfulLog::restart)));
}
