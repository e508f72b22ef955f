#pragma once

#include "functions.hpp"

namespace cef::jinja {

/// The test `version`: operator, strict, version_type (loose, strict, semver, semantic, pep440).
[[nodiscard]] bool version_holds(Call& call);

}  // namespace cef::jinja
