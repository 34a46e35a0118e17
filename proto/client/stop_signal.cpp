#include "proto/client/stop_signal.h"

#include <signal.h>

namespace noroshi::client {

namespace {
volatile sig_atomic_t stop = 0;

void on_signal(int) { stop = 1; }
}  // namespace

void watch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  // No SA_RESTART: waits return. RESETHAND: whoever presses Ctrl-C twice means it.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return stop != 0; }

}  // namespace noroshi::client
