#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cef::modules {

/// A crontab as Ansible's module keeps it: a job is the line after "#Ansible: NAME".
class Crontab {
 public:
  /// `of_user`: the lines that `crontab` put before the user's own are taken away.
  Crontab(std::string text, bool of_user);

  struct Found {
    std::string line;      ///< the job, or the declaration
    bool renamed = false;  ///< found by its line; it has the name only now
  };
  [[nodiscard]] std::optional<Found> find_job(const std::string& name, const std::string& job = {});
  void add_job(const std::string& name, const std::string& job);
  /// Another line for the job; none to remove it.
  void update_job(const std::string& name, const std::optional<std::string>& job);

  [[nodiscard]] std::optional<std::string> find_variable(const std::string& name) const;
  /// Before or after another variable, or first. False when there is no such other.
  [[nodiscard]] bool add_variable(const std::string& declaration, const std::string& after, const std::string& before);
  void update_variable(const std::string& name, const std::optional<std::string>& declaration);

  [[nodiscard]] std::vector<std::string> jobs() const;
  [[nodiscard]] std::vector<std::string> variables() const;
  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::string render() const;
  /// As it was read.
  [[nodiscard]] const std::string& before() const noexcept { return before_; }

 private:
  std::string before_;
  std::vector<std::string> lines_;
};

}  // namespace cef::modules
