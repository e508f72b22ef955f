#include "cef/playbook/read.hpp"

#include "cef/core/file.hpp"
#include "cef/core/vault.hpp"
#include "reader.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::fail;
using core::Result;

namespace {

constexpr core::Bytes k_text_limit{std::uint64_t{1} << 30U};

const Frame* outermost(const Frame* frame) {
  while (frame != nullptr && frame->parent) {
    frame = frame->parent.get();
  }
  return frame;
}

/// Reads on for a play that was read before.
Reader reader_for(const std::shared_ptr<const Frame>& frame, const ReadOptions& options) {
  const Frame* play = outermost(frame.get());
  Reader reader(options, play == nullptr ? fs::path() : play->folder);
  if (play != nullptr && !play->root.empty()) {
    reader.set_root(play->root);
  }
  return reader;
}

}  // namespace

std::shared_ptr<const Frame> Reader::frame_of_apply(const Field& apply, const std::shared_ptr<const Frame>& include) {
  auto frame = std::make_shared<Frame>();
  frame->parent = include->parent;
  frame->role = include->role;
  frame->folder = include->folder;
  frame->include = true;
  frame->keywords.place = include->keywords.place;
  frame->keywords.vars = include->keywords.vars;
  if (!apply.given() || apply.value.is_null()) {
    return frame;
  }
  Source source;
  source.name = apply.place.file;
  source.text = core::dump_line(apply.value);
  source.lines = {0};
  auto root = core::parse_yaml(source.text, "apply");
  if (!root || root->kind != core::YamlKind::map) {
    refuse(apply.place, "'apply' is a map of keywords, such as tags, become and when");
    return frame;
  }
  const bool was_ok = ok();
  Site site;
  site.source = &source;
  site.frame = include;
  site.maybe = true;
  for (const auto& [key, value] : root->entries) {
    if (key.text == "name" || !read_keyword(site, key, value, Owner::block, frame->keywords)) {
      unknown_key(site, key, Owner::block, {});
    }
  }
  if (was_ok && !ok()) {
    const std::string wrong = apply.place.text() + ":";
    std::string message = error_->message;
    const std::size_t end = message.find(": ");
    error_->message = wrong + (end == std::string::npos ? " " + message : message.substr(end + 1));
  }
  for (const auto& [name, field] : include->keywords.vars) {
    frame->keywords.vars.emplace(name, field);
  }
  return frame;
}

Result<Playbook> read_playbook(const fs::path& file, const ReadOptions& options) {
  Reader reader(options, file.parent_path());
  Playbook book = reader.read_playbook(file);
  if (!reader.ok()) {
    return fail(reader.take_error());
  }
  return book;
}

Result<std::vector<Item>> read_tasks(const fs::path& file, const std::shared_ptr<const Frame>& parent,
                                     const ReadOptions& options, const Field& apply, bool handlers) {
  Reader reader = reader_for(parent, options);
  Site site;
  site.frame = reader.frame_of_apply(apply, parent);
  site.handlers = handlers;
  auto items = reader.read_included(file, site);
  if (!reader.ok()) {
    return fail(reader.take_error());
  }
  return items;
}

Result<std::shared_ptr<const Role>> read_role(const std::string& name, const std::map<std::string, std::string>& from,
                                              const std::map<std::string, Field>& params,
                                              const std::shared_ptr<const Frame>& parent, const ReadOptions& options,
                                              const Field& apply, bool validate, bool allow_duplicates) {
  Reader reader = reader_for(parent, options);
  Site site;
  site.frame = reader.frame_of_apply(apply, parent);
  Reader::RoleUse use;
  use.validate = validate;
  use.name = name;
  use.from = from;
  use.params = params;
  use.vars = parent->keywords.vars;
  use.included = true;
  use.allow_duplicates = allow_duplicates;
  use.place = parent->keywords.place;
  std::vector<Item> tasks;
  std::vector<Item> handlers;
  reader.read_role(use, site, tasks, handlers);
  if (!reader.ok()) {
    return fail(reader.take_error());
  }
  auto role = std::make_shared<Role>(*reader.roles().back());
  role->tasks = std::move(tasks);
  role->handlers = std::move(handlers);
  return role;
}

Result<std::map<std::string, Field>> read_vars(const fs::path& file, const ReadOptions& options) {
  Reader reader(options, file.parent_path());
  auto vars = reader.read_vars_file(file, {});
  if (!reader.ok()) {
    return fail(reader.take_error());
  }
  return vars;
}

Result<std::string> open_vault(const std::string& vault, const ReadOptions& options) {
  return options.open_vault ? options.open_vault(vault) : core::refuse_vault(vault);
}

Result<std::string> read_text(const fs::path& file, const ReadOptions& options) {
  auto text = core::read_file(file, k_text_limit);
  if (!text || !core::is_vault(*text)) {
    return text;
  }
  auto plain = open_vault(*text, options);
  if (!plain) {
    return fail(plain.error().code, file.string() + ":1:1: " + plain.error().message);
  }
  return plain;
}

}  // namespace cef::playbook
