#include "other_templates.hpp"

#include "functions.hpp"
#include "guards.hpp"
#include "parser.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;

/// An included template takes more of the stack than a node.
class MuchDeeper {
 public:
  explicit MuchDeeper(Run& run) : run_(run), before_(run.depth) {
    for (int level = 0; level < 5; ++level) {
      run_.deeper();
    }
  }
  ~MuchDeeper() { run_.depth = before_; }
  MuchDeeper(const MuchDeeper&) = delete;
  MuchDeeper& operator=(const MuchDeeper&) = delete;

 private:
  Run& run_;
  int before_;
};

/// What {% import %} gives: the macros and names that the other template has made.
class Module final : public Special {
 public:
  explicit Module(const Frame& names) : names_(names) {}
  [[nodiscard]] std::string type() const override { return "jinja2.environment.TemplateModule object"; }
  [[nodiscard]] Value attribute(const std::string& name) const override {
    const auto found = names_.find(name);
    return found == names_.end() ? Special::attribute(name) : found->second;
  }

 private:
  Frame names_;
};

std::optional<std::string> text_of_template(Run& run, const Node& node, const std::string& file) {
  if (!run.environment.include) {
    fault("other templates cannot be read here");
  }
  const auto text = run.environment.include(file);
  if (!text) {
    if (node.flag) {
      return std::nullopt;
    }
    throw Fault{text.error().code, text.error().line(), node.place};
  }
  return *text;
}

/// Parses the template and has `use` do what it will with its tree, which lives as long as the run. Faults name the
/// template.
template <typename Use>
void with_template(Run& run, const Node& node, const std::string& file, const std::string& text, const Use& use) {
  const MuchDeeper deeper(run);
  Dialect dialect = run.dialect;
  dialect.raw_backslashes = false;
  try {
    run.included.push_back(Parser(tokens_of_text(text, dialect), run.environment.limits.depth).whole_template());
    use(*run.included.back());
  } catch (Fault& inner) {
    const Place at = inner.place.line > 0 ? inner.place : run.place;
    const std::string where = "in " + file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
    const bool again = inner.message.starts_with(where);  // it includes itself
    throw Fault{inner.code, (again ? "" : where) + inner.message, node.place, inner.undefined};
  }
}

std::string name_of(Run& run, const Node& node) {
  const Value name = evaluate(run, *node.kids[0]);
  run.place = node.place;
  return text_of(name);
}

/// Blocks of a template by their names; those of a template that extends another win over those of the other.
void collect_blocks(Run& run, const Node& node) {
  if (node.kind == Is::block) {
    run.blocks[node.text].push_back(&node);
  }
  for (const NodePtr& kid : node.kids) {
    if (kid != nullptr) {
      collect_blocks(run, *kid);
    }
  }
}

void render_block(Run& run, const std::string& name, std::size_t level, const Node& fallback, Pieces& out) {
  const auto known = run.blocks.find(name);
  const bool over = known != run.blocks.end() && level < known->second.size();
  const Node& block = over ? *known->second[level] : fallback;
  const Scoped scoped(run);
  run.set("super", Value(std::shared_ptr<const Held>(
                       std::make_shared<Callable>("super", [name, level, &fallback](Run& now, Arguments&) {
                         const auto blocks = now.blocks.find(name);
                         if (blocks == now.blocks.end() || level + 1 >= blocks->second.size()) {
                           fault("there is no parent block called '" + name + "'");
                         }
                         Pieces pieces;
                         render_block(now, name, level + 1, fallback, pieces);
                         return join(now, pieces);
                       }))));
  execute(run, *block.kids[0], out);
}

}  // namespace

/// Of a list of names the first template that is there is taken.
void execute_include(Run& run, const Node& node, Pieces& out) {
  const Value names = evaluate(run, *node.kids[0]);
  run.place = node.place;
  std::string file;
  std::optional<std::string> text;
  for (const Value& one : is_list(names) ? elements(names) : std::vector<Value>{names}) {
    file = text_of(one);
    const core::Result<std::string> found =
        run.environment.include ? run.environment.include(file) : core::fail(core::ErrorCode::usage, "");
    if (found) {
      text = *found;
      break;
    }
  }
  if (!text) {
    text = text_of_template(run, node, file);
  }
  if (text) {
    with_template(run, node, file, *text, [&](const Node& tree) {
      const Scoped scoped(run);
      execute(run, tree, out);
    });
  }
}

void execute_import(Run& run, const Node& node) {
  const std::string file = name_of(run, node);
  const auto text = text_of_template(run, node, file);
  std::shared_ptr<Frame> made;
  with_template(run, node, file, text.value_or(""), [&](const Node& tree) {
    Frames outer = run.frames;
    if (!node.with_context) {
      run.frames.clear();
    }
    run.push_frame();
    try {
      Pieces unused;
      execute(run, tree, unused);
    } catch (...) {
      run.frames = std::move(outer);
      throw;
    }
    made = run.frames.back();
    run.frames = std::move(outer);
  });
  if (!node.text.empty()) {
    run.set(node.text, Value(std::shared_ptr<const Held>(std::make_shared<Module>(*made))));
    return;
  }
  for (std::size_t at = 0; at + 1 < node.names.size(); at += 2) {
    const auto found = made->find(node.names[at]);
    run.set(node.names[at + 1],
            found != made->end() ? found->second
                                 : Value::undefined("the template '" + file + "' does not export the requested name '" +
                                                    node.names[at] + "'"));
  }
}

void execute_block(Run& run, const Node& node, Pieces& out) {
  if (!run.in_child) {
    render_block(run, node.text, 0, node, out);
  }
}

void execute_extends(Run& run, const Node& node, Pieces& out) {
  execute(run, *node.kids[1], out);
  const std::string file = name_of(run, node);
  collect_blocks(run, *node.kids[1]);
  collect_blocks(run, *node.kids[2]);
  const bool before = std::exchange(run.in_child, true);
  Pieces unused;
  execute(run, *node.kids[2], unused);
  run.in_child = before;
  const auto text = text_of_template(run, node, file);
  with_template(run, node, file, text.value_or(""), [&](const Node& tree) {
    if (tree.kind != Is::extends) {
      collect_blocks(run, tree);
    }
    execute(run, tree, out);
  });
}

}  // namespace cef::jinja
