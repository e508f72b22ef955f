#pragma once

#include <string>

#include "cef/core/json.hpp"
#include "cef/operation/repo.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

core::Json to_json(const operation::RepoInitResult& result);
core::Json to_json(const operation::RepoAddResult& result);
core::Json to_json(const operation::RepoListResult& result);
core::Json to_json(const operation::RepoVerifyResult& result);

std::string repo_text(const operation::RepoInitResult& result, const Style& style);
std::string repo_text(const operation::RepoAddResult& result, const Style& style);
std::string repo_text(const operation::RepoListResult& result, const Style& style);
std::string repo_text(const operation::RepoVerifyResult& result, const Style& style);

}  // namespace cef::report
