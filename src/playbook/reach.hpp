#pragma once

#include "cef/playbook/document.hpp"

namespace cef::playbook {

enum class Reach { never, perhaps, always };

/// Whether hosts of Debian's family, which are those that cef serves, come to what stands under these conditions.
[[nodiscard]] Reach reach_of(const Frame* frame);

}  // namespace cef::playbook
