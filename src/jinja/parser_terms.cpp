// The parser's half for what stands between operators: constants, names, calls, filters, tests.
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "parser.hpp"
#include "python.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;

}  // namespace

NodePtr Parser::primary() {
  const Token& token = current();
  switch (token.kind) {
    case Token::Kind::name: {
      NodePtr made = node(Is::constant, token.place);
      if (token.text == "true" || token.text == "True") {
        made->value = make(true);
      } else if (token.text == "false" || token.text == "False") {
        made->value = make(false);
      } else if (token.text == "none" || token.text == "None") {
        made->value = none();
      } else {
        made->kind = Is::name;
        made->text = token.text;
      }
      next();
      return made;
    }
    case Token::Kind::string:
      return string_constant();
    case Token::Kind::integer:
    case Token::Kind::floating:
      return number_constant();
    default:
      break;
  }
  if (is_sign("(")) {
    return parentheses();
  }
  if (is_sign("[")) {
    return list();
  }
  if (is_sign("{")) {
    return map();
  }
  unexpected("expected an expression");
}

NodePtr Parser::string_constant() {
  NodePtr made = node(Is::constant, current().place);
  std::string text;
  while (current().kind == Token::Kind::string) {
    text += current().text;
    next();
  }
  made->value = make(std::move(text));
  return made;
}

NodePtr Parser::number_constant() {
  NodePtr made = node(Is::constant, current().place);
  const std::string& text = current().text;
  if (current().kind == Token::Kind::floating) {
    made->value = make(std::strtod(text.c_str(), nullptr));
  } else {
    const char kind = text.size() > 1 ? text[1] : '0';
    const int base = kind == 'x' ? 16 : (kind == 'o' ? 8 : (kind == 'b' ? 2 : 10));
    std::int64_t number = 0;
    const char* start = text.data() + (base == 10 ? 0 : 2);
    const auto [end, error] = std::from_chars(start, text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size()) {
      fault_of_text("the integer " + text + " is too big: integers go to 9223372036854775807", current().place);
    }
    if (base == 10 && text.size() > 1 && text[0] == '0' && number != 0) {
      fault_of_text("the integer " + text + " begins with 0; write 0o" + text.substr(1) + " for octal",
                    current().place);
    }
    made->value = make(number);
  }
  next();
  return made;
}

NodePtr Parser::postfix(NodePtr left) {
  while (true) {
    if (is_sign(".")) {
      left = after_dot(std::move(left));
    } else if (is_sign("[")) {
      const Level level(*this);
      NodePtr made = node(Is::item, current().place);
      next();
      give(*made, std::move(left));
      give(*made, subscript());
      expect_sign("]");
      left = std::move(made);
    } else if (is_sign("(")) {
      NodePtr made = node(Is::call, current().place);
      give(*made, std::move(left));
      made->arguments = arguments();
      for (const auto& argument : made->arguments) {
        keep_depth(*made, *argument.value);
      }
      left = std::move(made);
    } else {
      return left;
    }
  }
}

NodePtr Parser::after_dot(NodePtr left) {
  next();
  NodePtr made = node(Is::attribute, current().place);
  give(*made, std::move(left));
  if (current().kind == Token::Kind::integer) {
    made->kind = Is::item;
    give(*made, number_constant());
    return made;
  }
  made->text = expect_name("a name or an index after '.'");
  return made;
}

NodePtr Parser::subscript() {
  NodePtr slice = node(Is::slice, current().place);
  NodePtr part = is_sign(":") ? nullptr : tuple_or_one(true);
  if (!is_sign(":")) {
    return part;
  }
  give(*slice, std::move(part));
  while (slice->kids.size() < 3 && skip_sign(":")) {
    give(*slice, is_sign(":") || is_sign("]") ? nullptr : expression());
  }
  slice->kids.resize(3);
  return slice;
}

NodePtr Parser::filters(NodePtr left, bool inside_block) {
  while (is_sign("|") || is_word("is") || is_sign("(") || inside_block) {
    if (is_word("is")) {
      left = test(std::move(left));
      continue;
    }
    if (is_sign("(")) {
      left = postfix(std::move(left));
      continue;
    }
    if (!inside_block) {
      next();
    }
    inside_block = false;
    NodePtr made = node(Is::filter, current().place);
    made->text = expect_name("the name of a filter");
    while (skip_sign(".")) {
      made->text += "." + expect_name("the name of a filter");
    }
    give(*made, std::move(left));
    if (is_sign("(")) {
      made->arguments = arguments();
      for (const auto& argument : made->arguments) {
        keep_depth(*made, *argument.value);
      }
    }
    left = std::move(made);
  }
  return left;
}

NodePtr Parser::test(NodePtr left) {
  next();
  NodePtr made = node(Is::test, current().place);
  if (skip_word("not")) {
    made->flag = true;
    made->place = current().place;
  }
  made->text = expect_name("the name of a test");
  while (skip_sign(".")) {
    made->text += "." + expect_name("the name of a test");
  }
  give(*made, std::move(left));
  const Token::Kind kind = current().kind;
  if (is_sign("(")) {
    made->arguments = arguments();
  } else if (is_sign("[") || is_sign("{") || kind == Token::Kind::string || kind == Token::Kind::integer ||
             kind == Token::Kind::floating ||
             (kind == Token::Kind::name && !is_word("else") && !is_word("or") && !is_word("and") && !is_word("if") &&
              !is_word("not") && !is_word("in"))) {
    if (is_word("is")) {
      fault_of_text("tests cannot be chained with 'is'; join them with 'and'", current().place);
    }
    const Level level(*this);
    made->arguments.push_back({"", postfix(primary())});
  }
  for (const auto& argument : made->arguments) {
    keep_depth(*made, *argument.value);
  }
  return made;
}

NodePtr Parser::list() {
  NodePtr made = node(Is::list, current().place);
  next();
  while (!skip_sign("]")) {
    if (!made->kids.empty()) {
      expect_sign(",");
      if (skip_sign("]")) {
        break;
      }
    }
    give(*made, expression());
  }
  return made;
}

NodePtr Parser::map() {
  NodePtr made = node(Is::map, current().place);
  next();
  while (!skip_sign("}")) {
    if (!made->kids.empty()) {
      expect_sign(",");
      if (skip_sign("}")) {
        break;
      }
    }
    give(*made, expression());
    expect_sign(":");
    give(*made, expression());
  }
  return made;
}

NodePtr Parser::parentheses() {
  NodePtr empty = node(Is::tuple, current().place);
  next();
  if (skip_sign(")")) {
    return empty;
  }
  NodePtr inner = tuple_or_one(true);
  expect_sign(")");
  return inner;
}

NodePtr Parser::tuple_or_one(bool with_condition) {
  NodePtr first = with_condition ? expression() : either();
  if (!is_sign(",")) {
    return first;
  }
  NodePtr made = node(Is::tuple, first->place);
  give(*made, std::move(first));
  while (skip_sign(",")) {
    const Token::Kind kind = current().kind;
    if (is_sign(")") || is_sign("]") || kind == Token::Kind::variable_end || kind == Token::Kind::block_end ||
        kind == Token::Kind::end) {
      break;
    }
    give(*made, with_condition ? expression() : either());
  }
  return made;
}

std::vector<Node::Argument> Parser::arguments() {
  const Level level(*this);
  std::vector<Node::Argument> found;
  expect_sign("(");
  while (!skip_sign(")")) {
    if (!found.empty()) {
      expect_sign(",");
      if (skip_sign(")")) {
        break;
      }
    }
    std::string name;
    if (skip_sign("*")) {
      name = "*";
    } else if (skip_sign("**")) {
      name = "**";
    } else if (current().kind == Token::Kind::name && ahead().kind == Token::Kind::sign && ahead().text == "=") {
      name = current().text;
      next();
      next();
    } else if (!found.empty() && !found.back().name.empty() && found.back().name != "*") {
      fault_of_text("a positional argument after a named one", current().place);
    }
    NodePtr value = expression();
    found.push_back({std::move(name), std::move(value)});
  }
  return found;
}

}  // namespace cef::jinja
