#include "cef/cli/command.hpp"

int main(int argc, char** argv) {
  return cef::cli::main(argc, argv);
}
