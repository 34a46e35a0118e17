// The subscriber.toml that a daemon puts into a new inbox.
#pragma once

#include <string_view>

namespace noroshi::subscriber {

inline constexpr std::string_view kSampleSettings =
    R"toml(# noroshi-subscriber run の設定 / Settings of noroshi-subscriber run
# 変更後は再起動してください / Restart it after a change

# 受け取る項目: "*" はすべて。"C"、"B.c"、"C.it-failure.sector" など
# What to receive: "*" is everything; or "C", "B.c", "C.it-failure.sector" and so on
# 増やした項目は、それ以後のものから受け取ります / What is added later is received from then on
# 減らすと、受信済みの報告の取消や訂正も届かなくなります
# Of what is taken away, reports received before are no longer withdrawn or corrected here either
topics = ["*"]

# 本番・訓練・試験の別 / Live, exercise or test: "ACTUAL" "EXERCISE" "TEST"
statuses = ["ACTUAL"]

# 受け取るレーン。urgent は外せません / Which lanes to listen to; urgent cannot be left out
lanes = ["urgent", "batched"]

# 受信箱が空のとき、ログの最初から受け取るか ("start")、今からか ("now")
# With a new inbox: everything from the start of the log ("start"), or what comes from now on ("now")
from = "start"

# 届いた報告の渡し先。いくつでも。遅い先や失敗する先が、他の先や受信箱を待たせることはありません。
# 各先には必ず1回以上、レーンごとに順番どおりに渡します。失敗したら間隔を空けて繰り返します。
# Where reports are passed on to: as many as you like. One that hangs or fails delays neither the others nor the inbox.
# Each gets every report at least once, in order on each lane; what failed is tried again, after longer and longer waits.
#
# 訓練・試験を渡さない先には drills = false、以前から受信箱にあるものも渡す先には from = "start" と書く
# To keep exercises and tests from one of them: drills = false; to give it what was in the inbox before: from = "start"
# 渡せていない先は noroshi-subscriber missed が示します / noroshi-subscriber missed names those that are behind, and why
#
# なくなった先に気づかず起動することはありません。やめるときは、[[sink]] を消して、次の1行をこの節より上に書く
# A sink that is gone stops the start, lest nobody notice. To give one up, delete its [[sink]] and write, above all of them:
# retired = ["pager"]
#
# 1. ファイル / Files
#
# JSON を1件1行でファイルに追記する / Appends JSON to a file, a line each
# [[sink]]
# name = "archive"
# type = "file"
# path = "/var/log/noroshi/reports.ndjson"
#
# 1件 (定期レーンでは1回のダイジェスト) を1つの読み物にして、ディレクトリに置く。format は "html" "markdown" "text"
# ディレクトリは先に作っておくこと。ファイルを読めるのは run の利用者だけ (0600)
# A newsletter for each report, or digest of the batched lane, in a directory: "html", "markdown" or "text"
# Make the directory first. The files are for the user of run alone (0600)
# [[sink]]
# name = "newsletters"
# type = "file"
# format = "html"
# path = "/var/lib/noroshi-subscriber/newsletters"
# language = "ja"
#
# 2. プログラム: 1件ごとに起動し、標準入力に JSON を渡す。終了コード 0 で完了
# 2. Programs: started for each report, JSON on standard input; exit code 0 means taken
# [[sink]]
# name = "pager"
# type = "exec"
# command = ["/usr/local/bin/page-someone", "--team", "csirt"]
# timeout_seconds = 30
# from = "now"
#
# 音を鳴らして1行で知らせる。deploy/examples/noroshi-bell を置いて使う。run を動かしている端末か、--desktop なら画面に
# Rings and says it in one line, in the terminal of run or, with --desktop, on the screen: deploy/examples/noroshi-bell
# [[sink]]
# name = "bell"
# type = "exec"
# command = ["/usr/local/bin/noroshi-bell", "--desktop"]
#
# 3. syslog (RFC 5424)。address は "tcp://ホスト:514" "udp://ホスト:514" "unix:///dev/log"
#    UDP と unix では、届いたかどうかを確かめられません。失いたくなければ TCP にしてください。TCP でも、相手の OS が
#    受け取ったことまでしか分かりません。
# 3. syslog (RFC 5424). address: "tcp://host:514", "udp://host:514" or "unix:///dev/log"
#    Over UDP and unix nobody knows whether a message arrived: take TCP for what must not be lost. Even TCP says no more
#    than that the other machine has it, not that its syslog has.
#    暗号化されません。件名と発信元が流れてよい網でだけ使ってください。
#    Nothing is encrypted: only for a network on which titles and authors may be seen.
#    重大度 / Severity: C alert, B.c critical, B.b warning, 他 others notice; 訓練・試験 drills: notice
# [[sink]]
# name = "siem"
# type = "syslog"
# address = "tcp://siem.example.jp:514"
# facility = "local0"
# language = "ja"
# timeout_seconds = 30
#
# 4. webhook: JSON を HTTP の POST で送る。2xx の応答で完了。それ以外は繰り返します (転送の指示には従いません)
#    署名は Standard Webhooks の方式です。webhook-id は繰り返しても同じなので、二重に届いたものを見分けられます。
#    鍵の作り方: (umask 077; { printf whsec_; openssl rand -base64 32; } > webhook.secret)
#    http:// は自分自身 (localhost) にだけ使えます。それ以外に使うには allow_http = true
# 4. Webhooks: the JSON by HTTP POST. An answer of 2xx means taken, all else is tried again (redirections are not followed).
#    Signed as Standard Webhooks are; webhook-id stays the same when it is tried again, so that doubles can be told.
#    Making the secret: (umask 077; { printf whsec_; openssl rand -base64 32; } > webhook.secret)
#    http:// goes to this machine (localhost) only, unless allow_http = true
# [[sink]]
# name = "chat"
# type = "webhook"
# url = "https://chat.example.jp/hooks/noroshi"
# secret_file = "/etc/noroshi-subscriber/webhook.secret"
# ca_file = "/etc/noroshi-subscriber/our-ca.pem"
# timeout_seconds = 30
)toml";

}  // namespace noroshi::subscriber
