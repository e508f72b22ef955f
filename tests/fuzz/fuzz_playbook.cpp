// A playbook of any bytes, beside files that it can bring in, is read or refused with a place; what was read is listed
// and its names are checked.
#include <cstddef>
#include <cstdint>

#include "cef/core/vault.hpp"
#include "cef/playbook/list.hpp"
#include "cef/playbook/read.hpp"
#include "scratch.hpp"

namespace {

using namespace cef;

const fuzz::Scratch& folder() {
  static const fuzz::Scratch scratch;
  static const bool filled = [] {
    scratch.write("tasks.yml", "- debug: msg={{ x }}\n- include_tasks: tasks.yml\n  when: no\n");
    scratch.write("vars.yml", "x: 1\ny: [\"{{ x }}\"]\n");
    scratch.write("other.yml", "- hosts: all\n  roles: [r]\n");
    scratch.write("roles/r/tasks/main.yml", "- debug:\n- import_tasks: more.yml\n");
    scratch.write("roles/r/tasks/more.yml", "- import_role: {name: s}\n");
    scratch.write("roles/s/meta/main.yml", "dependencies: []\n");
    return true;
  }();
  static_cast<void>(filled);
  return scratch;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  playbook::ReadOptions options;
  options.size_limit = 256 * 1024;
  options.open_vault = [](const std::string& vault) {
    return core::decrypt_vault(vault, {{"", core::Secret("sesame")}});
  };
  const auto file = folder().write("site.yaml", std::string(reinterpret_cast<const char*>(data), size));
  const auto book = playbook::read_playbook(file, options);
  if (!book) {
    if (book.error().message.find(':') == std::string::npos || book.error().message.find('\n') != std::string::npos) {
      std::abort();  // no place, or more than one line
    }
    return 0;
  }
  static_cast<void>(playbook::check_names(*book, {}));
  playbook::ListOptions listing;
  listing.tasks = listing.tags = true;
  const auto plays = playbook::list_plays(*book, listing, {});
  if (plays) {
    static_cast<void>(playbook::list_text("site.yaml", *plays, listing));
  }
  return 0;
}
