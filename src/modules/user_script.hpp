#pragma once

namespace cef::modules {

extern const char* const k_user_look;
extern const char* const k_user_create;
extern const char* const k_user_modify;
extern const char* const k_user_key;
extern const char* const k_user_main;

}  // namespace cef::modules
