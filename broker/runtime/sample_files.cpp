#include "broker/runtime/sample_files.h"

namespace noroshi::runtime {
namespace {

constexpr std::string_view kSectors =
    R"(# 重要インフラ分野とそのセプター (CEPTOAR)。init が書いた初期の一覧です。編集できます。変更は再起動後に有効になります。
# 使われた id は残してください: 名簿、宛先、ログの一部です。
# The critical infrastructure sectors and their CEPTOARs: today's list, as init wrote it. It may be edited; changes take
# effect at the next start. An id that has been used stays: it is part of the roster, of audiences and of the log.
# 最初の10分野は2011年、ほかはその後に加わりました。The first ten are those of 2011, the others came later.

[[sector]]
id = "information-communications"
label = { ja = "情報通信", en = "Information and communications" }
ceptoars = ["T-CEPTOAR", "ケーブルテレビCEPTOAR", "放送CEPTOAR"]

[[sector]]
id = "finance"
label = { ja = "金融", en = "Finance" }
ceptoars = ["銀行等CEPTOAR", "証券CEPTOAR", "生命保険CEPTOAR", "損害保険CEPTOAR"]

[[sector]]
id = "aviation"
label = { ja = "航空", en = "Aviation" }
ceptoars = ["航空分野におけるCEPTOAR"]

[[sector]]
id = "railways"
label = { ja = "鉄道", en = "Railways" }
ceptoars = ["鉄道CEPTOAR"]

[[sector]]
id = "electricity"
label = { ja = "電力", en = "Electricity" }
ceptoars = ["電力CEPTOAR"]

[[sector]]
id = "gas"
label = { ja = "ガス", en = "Gas" }
ceptoars = ["GAS CEPTOAR"]

[[sector]]
id = "government"
label = { ja = "政府・行政サービス", en = "Government and administrative services" }
ceptoars = ["自治体CEPTOAR"]

[[sector]]
id = "medical"
label = { ja = "医療", en = "Medical services" }
ceptoars = ["医療CEPTOAR"]

[[sector]]
id = "water"
label = { ja = "水道", en = "Water" }
ceptoars = ["水道CEPTOAR"]

[[sector]]
id = "logistics"
label = { ja = "物流", en = "Logistics" }
ceptoars = ["物流CEPTOAR"]

[[sector]]
id = "chemicals"
label = { ja = "化学", en = "Chemicals" }
ceptoars = ["化学CEPTOAR"]

[[sector]]
id = "credit"
label = { ja = "クレジット", en = "Credit" }
ceptoars = ["クレジットCEPTOAR"]

[[sector]]
id = "petroleum"
label = { ja = "石油", en = "Petroleum" }
ceptoars = ["石油CEPTOAR"]

[[sector]]
id = "airports"
label = { ja = "空港", en = "Airports" }
ceptoars = ["空港分野におけるCEPTOAR"]

[[sector]]
id = "ports"
label = { ja = "港湾", en = "Ports" }
ceptoars = ["港湾CEPTOAR"]
)";

void put(std::string& out, std::string_view key, const std::string& value) {
  out.append(key).append(" = \"").append(value).append("\"\n");  // check_config() let nothing in that needs escaping
}

void put(std::string& out, std::string_view key, std::int64_t value) {
  out.append(key).append(" = ").append(std::to_string(value)).append("\n");
}

}  // namespace

std::string_view sectors_toml() { return kSectors; }

std::string broker_toml(const Config& config) {
  std::string out =
      R"(# Noroshi ブローカーの設定。変更は再起動後に有効になります。確認は: noroshi-broker check-config --data <このディレクトリ>
# Configuration of a Noroshi broker. Changes take effect at the next start.
# To check it: noroshi-broker check-config --data <this folder>
# すべての項目が必要です。ほかの項目があると誤りになります。Every key is needed; an unknown one is an error.

# このブローカーの名前。署名の鍵の名前になるので、運用開始後は変えないでください。
# The name of this broker. It names the key of its signatures: do not change it once the broker is in use.
)";
  put(out, "origin", config.origin);
  out += R"(
# 待ち受ける IP アドレス。0.0.0.0 はすべて。The IP address to bind; 0.0.0.0 is all of them.
)";
  put(out, "host", config.host);
  out += R"(
# 基準ポート (1–65456)。+0 緊急、+1 定期、+2 アーカイブ、+3/+4 公開フィード (緊急/定期)、+79 HTTP。
# The first port (1–65456): +0 urgent, +1 batched, +2 archive, +3/+4 open feed (urgent/batched), +79 HTTP.
)";
  put(out, "port", config.port);
  out += R"(
# 定期レーンのまとめ配信: この間隔で、または件数か大きさに達したとき。
# Digests of the batched lane: released after this interval, or when one has this many entries or bytes.
[digest]
)";
  put(out, "interval_seconds", config.digest.interval_us / kMicrosPerSecond);
  put(out, "entries", static_cast<std::int64_t>(config.digest.entries));
  put(out, "bytes", static_cast<std::int64_t>(config.digest.bytes));
  out += R"(
# NISC が C.emergency-notice で対策室の設置・閉鎖を知らせたとき、態勢の変更を: "propose" 提案する (status に出る)、"apply" 行う、"ignore" しない。
# When NISC's C.emergency-notice opens or closes a response room, the change of posture is: proposed (shown by status), applied or ignored.
[posture]
)";
  put(out, "response_room", std::string(name_of(config.response_rooms)));
  out += R"(
# 受領・開封・回答の期限 (matrix.toml) を過ぎた組織があるとき起動するプログラム。標準入力に JSON 1行 (本文や題名は含まない)。[] なら起動しない。
# A program to start when organisations are past a deadline (matrix.toml): one line of JSON on its standard input (nothing of a report's content). [] is none.
# webhook: 同じものを署名付きで POST する (Standard Webhooks)。The same, posted and signed (Standard Webhooks).
[overdue]
command = []
# webhook = { url = "https://duty.example.jp/noroshi", secret_file = "/etc/noroshi/webhook.secret" }

# 応答のなくなった会員について起動するプログラム: 標準入力に1行の JSON (組織、名称、最初の連絡先)。[] なら起動しません。
# A program to start when a member went silent: one line of JSON on its standard input (organisation, name, first contact). [] is none.
[silent]
command = []

# ログの写しの置き場所。既定はこのディレクトリの mirror。別のディスクに置くと、ディスクが1台壊れても失われません。
# Where the mirror of the log is kept; the default is "mirror" in this folder. On another disk it outlives the loss of one.
# [mirror]
# directory = "/other/disk/noroshi-mirror"

# ログのチェックポイントに連署する証人 (C2SP tlog-witness)。別の組織が運営するもの。証人ごとに [[witness]] を1つ。http:// でも構いません。
# Witnesses that cosign the log's checkpoints (C2SP tlog-witness), run by others: one [[witness]] each. http:// will do: all is signed.
# [[witness]]
# name = "nisc"
# url = "https://witness.example.jp/"
# verifier_key = "witness.example.jp+01234567+BAAA…"
)";
  // Last and a text: a file that was cut off anywhere is then never a valid one.
  out += R"(
# /healthz、/metrics、ログの木 (/checkpoint、/tile/)。認証はありません: 外に開かないでください。
# /healthz, /metrics and the log's tree (/checkpoint, /tile/). No authentication: keep it on loopback or behind a proxy.
[http]
)";
  put(out, "host", config.http_host);
  return out;
}

}  // namespace noroshi::runtime
