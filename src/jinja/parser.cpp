#include "parser.hpp"

#include <algorithm>

#include "python.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;
constexpr int k_chain = 5;  // a chain such as a + b + c may be this many times longer than nesting is deep

std::string shown(const Token& token) {
  switch (token.kind) {
    case Token::Kind::end:
      return "the end of the text";
    case Token::Kind::block_end:
      return "the end of the statement";
    case Token::Kind::variable_end:
      return "the end of the {{ }}";
    case Token::Kind::string:
      return "the string " + repr_of_text(token.text);
    default:
      return "'" + token.text + "'";
  }
}

}  // namespace

Level::Level(Parser& parser) : parser_(parser) {
  if (++parser_.level_ > parser_.most_) {
    const Place place = parser_.current().place;
    --parser_.level_;
    fault_of_text("nested deeper than " + std::to_string(parser_.most_) + " levels", place);
  }
}

bool Parser::is_sign(const char* text) const {
  return current().kind == Token::Kind::sign && current().text == text;
}
bool Parser::is_word(const char* text) const {
  return current().kind == Token::Kind::name && current().text == text;
}
bool Parser::skip_sign(const char* text) {
  const bool found = is_sign(text);
  if (found) {
    next();
  }
  return found;
}
bool Parser::skip_word(const char* text) {
  const bool found = is_word(text);
  if (found) {
    next();
  }
  return found;
}
void Parser::expect_sign(const char* text) {
  if (!skip_sign(text)) {
    unexpected(std::string("expected '") + text + "'");
  }
}
std::string Parser::expect_name(const char* what) {
  if (current().kind != Token::Kind::name) {
    unexpected(std::string("expected ") + what);
  }
  std::string name = current().text;
  next();
  return name;
}
void Parser::unexpected(const std::string& wanted) const {
  fault_of_text(wanted + ", found " + shown(current()), current().place);
}

NodePtr Parser::node(Node::Kind kind, Place place) const {
  auto made = std::make_unique<Node>();
  made->kind = kind;
  made->place = place;
  return made;
}

void Parser::keep_depth(Node& parent, const Node& kid) const {
  parent.depth = std::max(parent.depth, kid.depth + 1);
  if (parent.depth > most_ * k_chain) {
    fault_of_text("an expression of more than " + std::to_string(most_ * k_chain) + " parts in each other",
                  parent.place);
  }
}

void Parser::give(Node& parent, NodePtr kid) const {
  if (kid != nullptr) {
    keep_depth(parent, *kid);
  }
  parent.kids.push_back(std::move(kid));
}

NodePtr Parser::whole_expression() {
  NodePtr whole = expression();
  if (current().kind != Token::Kind::end) {
    unexpected("expected the end of the expression");
  }
  return whole;
}

NodePtr Parser::whole_condition() {
  NodePtr whole = tuple_or_one(false);
  if (current().kind != Token::Kind::end) {
    unexpected("expected the end of the condition");
  }
  return whole;
}

NodePtr Parser::expression() {
  const Level level(*this);
  NodePtr left = either();
  while (is_word("if")) {
    NodePtr choice = node(Is::choice, current().place);
    next();
    NodePtr condition = either();
    NodePtr otherwise = skip_word("else") ? expression() : nullptr;
    give(*choice, std::move(condition));
    give(*choice, std::move(left));
    give(*choice, std::move(otherwise));
    left = std::move(choice);
  }
  return left;
}

NodePtr Parser::either() {
  NodePtr left = both();
  while (is_word("or")) {
    NodePtr joined = node(Is::either, current().place);
    next();
    give(*joined, std::move(left));
    give(*joined, both());
    left = std::move(joined);
  }
  return left;
}

NodePtr Parser::both() {
  NodePtr left = negation();
  while (is_word("and")) {
    NodePtr joined = node(Is::both, current().place);
    next();
    give(*joined, std::move(left));
    give(*joined, negation());
    left = std::move(joined);
  }
  return left;
}

NodePtr Parser::negation() {
  if (!is_word("not")) {
    return comparison();
  }
  const Level level(*this);
  NodePtr made = node(Is::unary, current().place);
  made->text = "not";
  next();
  give(*made, negation());
  return made;
}

NodePtr Parser::comparison() {
  NodePtr left = sum();
  NodePtr chain;
  while (true) {
    std::string sign;
    const Place place = current().place;
    for (const char* known : {"==", "!=", "<", "<=", ">", ">="}) {
      if (is_sign(known)) {
        sign = known;
      }
    }
    if (is_word("in")) {
      sign = "in";
    } else if (is_word("not") && ahead().kind == Token::Kind::name && ahead().text == "in") {
      sign = "not in";
      next();
    }
    if (sign.empty()) {
      return chain != nullptr ? std::move(chain) : std::move(left);
    }
    next();
    if (chain == nullptr) {
      chain = node(Is::compare, place);
      give(*chain, std::move(left));
    }
    chain->names.push_back(sign);
    give(*chain, sum());
  }
}

NodePtr Parser::sum() {
  NodePtr left = concatenation();
  while (is_sign("+") || is_sign("-")) {
    NodePtr made = node(Is::binary, current().place);
    made->text = current().text;
    next();
    give(*made, std::move(left));
    give(*made, concatenation());
    left = std::move(made);
  }
  return left;
}

NodePtr Parser::concatenation() {
  NodePtr first = product();
  if (!is_sign("~")) {
    return first;
  }
  NodePtr made = node(Is::concat, current().place);
  give(*made, std::move(first));
  while (skip_sign("~")) {
    give(*made, product());
  }
  return made;
}

NodePtr Parser::product() {
  NodePtr left = power();
  while (is_sign("*") || is_sign("/") || is_sign("//") || is_sign("%")) {
    NodePtr made = node(Is::binary, current().place);
    made->text = current().text;
    next();
    give(*made, std::move(left));
    give(*made, power());
    left = std::move(made);
  }
  return left;
}

NodePtr Parser::power() {
  NodePtr left = unary(true);
  while (is_sign("**")) {
    NodePtr made = node(Is::binary, current().place);
    made->text = "**";
    next();
    give(*made, std::move(left));
    give(*made, unary(true));
    left = std::move(made);
  }
  return left;
}

NodePtr Parser::unary(bool with_filter) {
  const Level level(*this);
  NodePtr made;
  if (is_sign("-") || is_sign("+")) {
    made = node(Is::unary, current().place);
    made->text = current().text;
    next();
    give(*made, unary(false));
  } else {
    made = primary();
  }
  made = postfix(std::move(made));
  return with_filter ? filters(std::move(made), false) : std::move(made);
}

}  // namespace cef::jinja
