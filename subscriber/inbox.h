// Where reports are safe: every report that was delivered, exactly once, how far each lane has come, and the receipts that
// are owed for them. One writer, which is the daemon; commands beside it only mark what is there. One owner, one thread.
//
//   store(): entries, cursor and DELIVERED receipts in one commit --> only then may the broker be told
//
// What a row says is held against what arrived (inbox_schema.h) whenever it is read. One that does not fit, or is gone, is damaged:
// it is never given to anybody, its place is kept, and the same entry delivered again takes it. Whoever reads it notes that.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/types/receipt.h"
#include "subscriber/database.h"
#include "subscriber/subscription.h"
#include "subscriber/withdrawal.h"

namespace noroshi::subscriber {

// What became of a row. Numbers as they stand in the database.
enum class Damage {
  none = 0,
  found = 1,
  asked = 2,  // the broker was asked to deliver it again
  lost = 3,   // and did not
};
inline constexpr const char* kDamaged = "damaged";  // in place of what is known of a signature

// A report as it lies in the inbox.
struct Reading {
  std::int64_t number = 0;  // in the order of arrival
  Entry entry;
  std::string
      signature;  // "valid", "invalid", "unknown-key"; kDamaged: of the rest only number, seq and lane are known
  v1::Report report;
  Damage damage{};
  std::optional<Micros> opened_at;
  std::optional<Answer> answer;
  std::string note;
  std::optional<Withdrawal> withdrawn;
  bool digest = false;      // came as part of a digest
  bool digest_end = false;  // its last
  bool is_damaged() const { return signature == kDamaged; }
};

// A receipt that the broker has not taken yet.
struct Owed {
  std::int64_t number = 0;
  std::string report;
  Stage stage{};
  std::optional<Answer> answer;
  std::string note;
  Micros at{};
};

class Inbox {
 public:
  explicit Inbox(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  std::optional<Seq> cursor(Lane lane);  // nullopt: nothing was ever heard on it
  // Makes a batch durable. Returns those that were new, in order; what takes a damaged one's place is not, unless that was lost.
  std::vector<const Delivery*> store(Lane lane, const std::vector<Delivery>& batch, Micros now);
  // Nothing up to `seq` is still to come, though nothing came.
  void reached(Lane lane, Seq seq);
  // The broker's log ends here, before what it has delivered: it is heard anew from there.
  void step_back(Lane lane, Seq seq);

  // Urgent first, on each lane the newest first. The damaged ones are among them, and say so.
  std::vector<Reading> readings();
  // In order of arrival, up to one that is damaged: what follows waits for that. Those that are lost are left out.
  std::vector<Reading> readings_after(Lane lane, std::int64_t number, std::size_t most);
  // By report id, or by sequence in decimal. nullopt: not here, or damaged.
  std::optional<Reading> find(const std::string& which);
  bool is_damaged(const std::string& which);
  // What relates to a report, in order of arrival: updates, corrections, comments, summaries.
  std::vector<Reading> relating_to(const std::string& report);
  void opened(const Reading& reading, Micros now);
  void answered(const Reading& reading, Answer answer, const std::string& note, Micros now);

  std::vector<Owed> owed(std::size_t most);
  // The broker has them, or has refused them for good (`why`).
  void settle(const std::vector<std::int64_t>& receipts, const std::optional<std::string>& why = std::nullopt);

  // Looks at the next rows after `number`, in order of arrival. Returns the last of them; nullopt: there are no more.
  std::optional<std::int64_t> inspect(std::int64_t number, std::size_t most);
  void look_for_gone();  // at once, unlike inspect(): notes the places that have no row
  struct Damaged {
    Lane lane{};
    Seq seq{};
  };
  std::vector<Damaged> look_over();             // every row, and for what has none; returns all that is damaged
  std::vector<Damaged> damaged(Damage damage);  // in order of sequence
  void now_damaged(Damage from, Damage to);     // all of them

  // Whether another process or thread has written since the last call.
  bool changed_elsewhere();
  Database& database() { return *database_; }

 private:
  bool add(Lane lane, const Delivery& delivery);
  void owe(const std::string& report, Stage stage, std::optional<Answer> answer, const std::string& note, Micros now);
  void save_cursor(Lane lane, Seq seq);
  std::vector<Reading> same_as(const Entry& entry);  // whole or not; what is whole first
  std::int64_t put(std::optional<std::int64_t> number, Lane lane, const Delivery& delivery);
  void take_over(std::int64_t number, const std::string& report, const Reading& former);
  void forget(std::int64_t number);
  std::vector<Reading> rows(Query& query);  // in order of arrival; withdrawn is not looked for
  std::vector<Reading> read(Query& query);
  std::optional<Reading> look_up(const std::string& which);
  void note_damage(const Reading& reading);
  void note_damages(const std::vector<Reading>& readings);
  void look_for_withdrawals(std::vector<Reading>& readings);

  std::unique_ptr<Database> database_;
  std::int64_t version_ = 0;
};

}  // namespace noroshi::subscriber
