// Where reports are safe: every report that was delivered, exactly once, how far each lane has come, and the receipts that
// are owed for them. One writer, which is the daemon; commands beside it only mark what is there. One owner, one thread.
//
//   store(): entries, cursor and DELIVERED receipts in one commit --> only then may the broker be told
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

// A report as it lies in the inbox.
struct Reading {
  std::int64_t number = 0;  // in the order of arrival
  Entry entry;
  std::string signature;  // "valid", "invalid" or "unknown-key"
  v1::Report report;
  std::optional<Micros> opened_at;
  std::optional<Answer> answer;
  std::string note;
  std::optional<Withdrawal> withdrawn;
  bool digest = false;      // came as part of a digest
  bool digest_end = false;  // its last
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
  // Makes a batch durable. Returns those that were new, in order.
  std::vector<const Delivery*> store(Lane lane, const std::vector<Delivery>& batch, Micros now);
  // Nothing up to `seq` is still to come, though nothing came.
  void reached(Lane lane, Seq seq);
  // The broker's log ends here, before what it has delivered: it is heard anew from there.
  void step_back(Lane lane, Seq seq);

  // Urgent first, on each lane the newest first.
  std::vector<Reading> readings();
  std::vector<Reading> readings_after(Lane lane, std::int64_t number, std::size_t most);  // in order of arrival
  // By report id, or by sequence in decimal. nullopt: not here.
  std::optional<Reading> find(const std::string& which);
  // What relates to a report, in order of arrival: updates, corrections, comments, summaries.
  std::vector<Reading> relating_to(const std::string& report);
  void opened(const Reading& reading, Micros now);
  void answered(const Reading& reading, Answer answer, const std::string& note, Micros now);

  std::vector<Owed> owed(std::size_t most);
  // The broker has them, or has refused them for good (`why`).
  void settle(const std::vector<std::int64_t>& receipts, const std::optional<std::string>& why = std::nullopt);

  // Whether another process or thread has written since the last call.
  bool changed_elsewhere();
  Database& database() { return *database_; }

 private:
  bool add(Lane lane, const Delivery& delivery);
  void owe(const std::string& report, Stage stage, std::optional<Answer> answer, const std::string& note, Micros now);
  void save_cursor(Lane lane, Seq seq);
  std::vector<Reading> read(Query& query);
  void look_for_withdrawals(std::vector<Reading>& readings);

  std::unique_ptr<Database> database_;
  std::int64_t version_ = 0;
};

}  // namespace noroshi::subscriber
