#pragma once

#include <string>
#include <vector>

namespace cef::core {

/// The name nearest to `typed` among `names` when it is near enough to be what was meant, else "".
[[nodiscard]] std::string nearest_name(const std::string& typed, const std::vector<std::string>& names);

/// "; did you mean 'NAME'?" or "".
[[nodiscard]] std::string did_you_mean(const std::string& typed, const std::vector<std::string>& names);

}  // namespace cef::core
