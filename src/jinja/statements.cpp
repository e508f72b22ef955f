// The parser's half for text with tags.
#include <algorithm>

#include "cef/core/near_name.hpp"
#include "parser.hpp"
#include "python.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;

}  // namespace

void Parser::end_of_block() {
  if (current().kind != Token::Kind::block_end) {
    unexpected("expected the end of the statement");
  }
  next();
}

void Parser::end_tag(const char* name) {
  if (!skip_word(name)) {
    unexpected(std::string("expected '") + name + "'");
  }
  end_of_block();
}

NodePtr Parser::whole_template() {
  NodePtr whole = body({}, "");
  const auto extends =
      std::find_if(whole->kids.begin(), whole->kids.end(), [](const NodePtr& kid) { return kid->kind == Is::extends; });
  if (extends == whole->kids.end()) {
    return whole;
  }
  NodePtr made = std::move(*extends);
  NodePtr before = node(Is::body, whole->place);
  NodePtr after = node(Is::body, made->place);
  for (auto kid = whole->kids.begin(); kid != whole->kids.end(); ++kid) {
    if (*kid != nullptr && (*kid)->kind == Is::extends) {
      fault_of_text("a template extends one other, not two", (*kid)->place);
    }
    if (*kid != nullptr) {
      give(kid < extends ? *before : *after, std::move(*kid));
    }
  }
  give(*made, std::move(before));
  give(*made, std::move(after));
  return made;
}

/// Up to one of `ends`, which is left as the current word.
NodePtr Parser::body(const std::vector<const char*>& ends, const std::string& opened_by) {
  const Level level(*this);
  const Place opened = current().place;
  NodePtr made = node(Is::body, opened);
  while (true) {
    const Token token = current();
    if (token.kind == Token::Kind::end) {
      if (!ends.empty()) {
        fault_of_text("the block '" + opened_by + "' is not closed by '" + ends.back() + "'", opened);
      }
      return made;
    }
    next();
    if (token.kind == Token::Kind::data) {
      NodePtr data = node(Is::data, token.place);
      data->value = make(token.text);
      give(*made, std::move(data));
    } else if (token.kind == Token::Kind::variable_begin) {
      NodePtr output = node(Is::output, token.place);
      give(*output, tuple_or_one(true));
      if (current().kind != Token::Kind::variable_end) {
        unexpected("expected the end of the {{ }}");
      }
      next();
      give(*made, std::move(output));
    } else {
      if (std::any_of(ends.begin(), ends.end(), [this](const char* end) { return is_word(end); })) {
        return made;
      }
      give(*made, statement());
    }
  }
}

NodePtr Parser::statement() {
  const Place place = current().place;
  const std::string word = expect_name("a statement");
  NodePtr made;
  if (word == "if") {
    made = if_statement();
  } else if (word == "for") {
    made = for_statement();
  } else if (word == "set") {
    made = set_statement();
  } else if (word == "macro") {
    made = macro_statement();
  } else if (word == "call") {
    made = call_statement();
  } else if (word == "include") {
    made = include_statement();
  } else if (word == "with") {
    made = with_statement();
  } else if (word == "filter") {
    made = filter_statement();
  } else if (word == "import") {
    made = import_statement();
  } else if (word == "from") {
    made = from_statement();
  } else if (word == "block") {
    made = block_statement();
  } else if (word == "extends") {
    made = node(Is::extends, place);
    give(*made, expression());
    end_of_block();
  } else if (word == "do" || word == "autoescape" || word == "trans" || word == "break" || word == "continue") {
    fault_of_text("the statement '" + word + "' is not supported", place);
  } else if (word.rfind("end", 0) == 0 || word == "else" || word == "elif") {
    fault_of_text("'" + word + "' closes nothing that is open here", place);
  } else {
    fault_of_text("there is no statement '" + word + "'" +
                      core::did_you_mean(word, {"if", "for", "set", "macro", "call", "include", "import", "from",
                                                "block", "extends", "with", "filter", "raw"}),
                  place);
  }
  made->place = place;
  return made;
}

NodePtr Parser::if_statement() {
  NodePtr made = node(Is::if_, current().place);
  while (true) {
    give(*made, tuple_or_one(false));
    end_of_block();
    give(*made, body({"elif", "else", "endif"}, "if"));
    if (skip_word("elif")) {
      continue;
    }
    if (skip_word("else")) {
      end_of_block();
      give(*made, body({"endif"}, "if"));
    } else {
      give(*made, nullptr);
    }
    end_tag("endif");
    return made;
  }
}

NodePtr Parser::target_name() {
  if (is_sign("(")) {
    const Level level(*this);
    next();
    NodePtr inner = target();
    expect_sign(")");
    return inner;
  }
  NodePtr made = node(Is::name, current().place);
  made->text = expect_name("a name");
  for (const char* constant : {"true", "false", "none", "True", "False", "None"}) {
    if (made->text == constant) {
      fault_of_text("can't assign to '" + made->text + "'", made->place);
    }
  }
  if (skip_sign(".")) {
    NodePtr attribute = node(Is::attribute, made->place);
    attribute->text = expect_name("a name after '.'");
    give(*attribute, std::move(made));
    return attribute;
  }
  return made;
}

NodePtr Parser::target() {
  NodePtr first = target_name();
  if (!is_sign(",")) {
    return first;
  }
  NodePtr made = node(Is::tuple, first->place);
  give(*made, std::move(first));
  while (skip_sign(",")) {
    if (is_word("in") || is_sign("=") || is_sign(")")) {
      break;
    }
    give(*made, target_name());
  }
  return made;
}

NodePtr Parser::for_statement() {
  NodePtr made = node(Is::for_, current().place);
  give(*made, target());
  if (!skip_word("in")) {
    unexpected("expected 'in'");
  }
  give(*made, tuple_or_one(false));
  give(*made, skip_word("if") ? expression() : nullptr);
  made->flag = skip_word("recursive");
  end_of_block();
  give(*made, body({"else", "endfor"}, "for"));
  if (skip_word("else")) {
    end_of_block();
    give(*made, body({"endfor"}, "for"));
  } else {
    give(*made, nullptr);
  }
  end_tag("endfor");
  return made;
}

NodePtr Parser::set_statement() {
  NodePtr made = node(Is::set, current().place);
  give(*made, target());
  if (skip_sign("=")) {
    give(*made, tuple_or_one(true));
    end_of_block();
    return made;
  }
  made->kind = Is::set_block;
  NodePtr filter = is_sign("|") ? filters(nullptr, false) : nullptr;
  end_of_block();
  give(*made, body({"endset"}, "set"));
  give(*made, std::move(filter));
  end_tag("endset");
  return made;
}

void Parser::parameters(Node& macro, std::vector<NodePtr>& defaults) {
  expect_sign("(");
  while (!skip_sign(")")) {
    if (!macro.names.empty()) {
      expect_sign(",");
    }
    macro.names.push_back(expect_name("the name of a parameter"));
    if (skip_sign("=")) {
      defaults.push_back(expression());
    } else if (!defaults.empty()) {
      fault_of_text("a parameter without a default after one with a default", current().place);
    }
  }
}

NodePtr Parser::macro_statement() {
  NodePtr made = node(Is::macro, current().place);
  std::vector<NodePtr> defaults;
  made->text = expect_name("the name of the macro");
  parameters(*made, defaults);
  end_of_block();
  give(*made, body({"endmacro"}, "macro"));
  end_tag("endmacro");
  for (NodePtr& one : defaults) {
    give(*made, std::move(one));
  }
  return made;
}

NodePtr Parser::call_statement() {
  NodePtr made = node(Is::call_block, current().place);
  NodePtr macro = node(Is::macro, current().place);
  std::vector<NodePtr> defaults;
  macro->text = "caller";
  if (is_sign("(")) {
    parameters(*macro, defaults);
  }
  NodePtr call = expression();
  if (call->kind != Is::call) {
    fault_of_text("expected a call of a macro", call->place);
  }
  give(*made, std::move(call));
  end_of_block();
  give(*macro, body({"endcall"}, "call"));
  end_tag("endcall");
  for (NodePtr& one : defaults) {
    give(*macro, std::move(one));
  }
  give(*made, std::move(macro));
  return made;
}

NodePtr Parser::include_statement() {
  NodePtr made = node(Is::include, current().place);
  give(*made, expression());
  if (is_word("ignore") && ahead().text == "missing") {
    next();
    next();
    made->flag = true;
  }
  if (!context(true)) {
    fault_of_text("'without context' is not supported", current().place);
  }
  end_of_block();
  return made;
}

/// "with context", "without context", or what is meant where neither stands.
bool Parser::context(bool otherwise) {
  if ((!is_word("with") && !is_word("without")) || ahead().text != "context") {
    return otherwise;
  }
  const bool with = is_word("with");
  next();
  next();
  return with;
}

NodePtr Parser::import_statement() {
  NodePtr made = node(Is::import_, current().place);
  give(*made, expression());
  if (!skip_word("as")) {
    unexpected("expected 'as' and a name");
  }
  made->text = expect_name("a name");
  made->with_context = context(false);
  end_of_block();
  return made;
}

NodePtr Parser::from_statement() {
  NodePtr made = node(Is::import_, current().place);
  give(*made, expression());
  if (!skip_word("import")) {
    unexpected("expected 'import' and names");
  }
  while (current().kind != Token::Kind::block_end) {
    if (!made->names.empty()) {
      expect_sign(",");
    }
    if ((is_word("with") || is_word("without")) && ahead().text == "context") {
      break;
    }
    const std::string name = expect_name("a name");
    made->names.push_back(name);
    made->names.push_back(skip_word("as") ? expect_name("a name") : name);
    if ((is_word("with") || is_word("without")) && ahead().text == "context") {
      break;
    }
  }
  made->with_context = context(false);
  end_of_block();
  return made;
}

NodePtr Parser::block_statement() {
  NodePtr made = node(Is::block, current().place);
  made->text = expect_name("the name of the block");
  while (is_word("scoped") || is_word("required")) {
    next();
  }
  end_of_block();
  give(*made, body({"endblock"}, "block"));
  if (!skip_word("endblock")) {
    unexpected("expected 'endblock'");
  }
  skip_word(made->text.c_str());
  end_of_block();
  return made;
}

NodePtr Parser::with_statement() {
  NodePtr made = node(Is::with, current().place);
  std::vector<NodePtr> pairs;
  while (current().kind != Token::Kind::block_end) {
    if (!pairs.empty()) {
      expect_sign(",");
    }
    pairs.push_back(target_name());
    expect_sign("=");
    pairs.push_back(expression());
  }
  end_of_block();
  give(*made, body({"endwith"}, "with"));
  end_tag("endwith");
  for (NodePtr& one : pairs) {
    give(*made, std::move(one));
  }
  return made;
}

NodePtr Parser::filter_statement() {
  NodePtr made = node(Is::filter_block, current().place);
  give(*made, filters(nullptr, true));
  end_of_block();
  give(*made, body({"endfilter"}, "filter"));
  end_tag("endfilter");
  return made;
}

}  // namespace cef::jinja
