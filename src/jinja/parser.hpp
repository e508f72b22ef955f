#pragma once

#include <string>
#include <vector>

#include "ast.hpp"
#include "lexer.hpp"

namespace cef::jinja {

/// Tokens → tree. Throws Fault (usage) on wrong syntax and beyond `depth` levels.
class Parser {
 public:
  Parser(std::vector<Token> tokens, int depth) : tokens_(std::move(tokens)), most_(depth) {}

  [[nodiscard]] NodePtr whole_expression();
  /// As {% if %} takes it: without `… if … else …`.
  [[nodiscard]] NodePtr whole_condition();
  [[nodiscard]] NodePtr whole_template();

 private:
  // Expressions: parser.cpp.
  NodePtr expression();
  NodePtr either();
  NodePtr both();
  NodePtr negation();
  NodePtr comparison();
  NodePtr sum();
  NodePtr concatenation();
  NodePtr product();
  NodePtr power();
  NodePtr unary(bool with_filter);
  NodePtr primary();
  NodePtr string_constant();
  NodePtr number_constant();
  NodePtr postfix(NodePtr node);
  NodePtr after_dot(NodePtr node);
  NodePtr subscript();
  NodePtr filters(NodePtr node, bool inside_block);
  NodePtr test(NodePtr node);
  NodePtr list();
  NodePtr map();
  NodePtr parentheses();
  /// One expression, or a tuple when a comma follows.
  NodePtr tuple_or_one(bool with_condition);
  std::vector<Node::Argument> arguments();

  // Statements: statements.cpp.
  NodePtr body(const std::vector<const char*>& ends, const std::string& opened_by);
  NodePtr statement();
  NodePtr if_statement();
  NodePtr for_statement();
  NodePtr set_statement();
  NodePtr macro_statement();
  NodePtr call_statement();
  NodePtr include_statement();
  NodePtr import_statement();
  NodePtr from_statement();
  NodePtr block_statement();
  bool context(bool otherwise);
  NodePtr with_statement();
  NodePtr filter_statement();
  NodePtr target();
  NodePtr target_name();
  void parameters(Node& macro, std::vector<NodePtr>& defaults);
  void end_of_block();
  void end_tag(const char* name);

  [[nodiscard]] const Token& current() const { return tokens_[at_]; }
  [[nodiscard]] const Token& ahead() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  void next() { at_ += at_ + 1 < tokens_.size() ? 1 : 0; }
  [[nodiscard]] bool is_sign(const char* text) const;
  [[nodiscard]] bool is_word(const char* text) const;
  bool skip_sign(const char* text);
  bool skip_word(const char* text);
  void expect_sign(const char* text);
  std::string expect_name(const char* what);
  [[noreturn]] void unexpected(const std::string& wanted) const;
  [[nodiscard]] NodePtr node(Node::Kind kind, Place place) const;
  /// Adds a kid and keeps the count of levels.
  void give(Node& parent, NodePtr kid) const;
  void keep_depth(Node& parent, const Node& kid) const;
  friend class Level;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int most_;
  int level_ = 0;
};

/// One level deeper while it lives.
class Level {
 public:
  explicit Level(Parser& parser);
  ~Level() { --parser_.level_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  Parser& parser_;
};

}  // namespace cef::jinja
