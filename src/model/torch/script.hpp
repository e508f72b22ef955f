#pragma once

#include <string>

#include "cef/model/network.hpp"

namespace cef::model::torch_runtime {

/// The name of a parameter as an attribute of the TorchScript module: "layer1.0.conv1.weight" →
/// "p_layer1_0_conv1_weight".
std::string attribute_name(const std::string& parameter);

/// The network as the source of a TorchScript method `forward(self, v0)`; parameters are attributes of self.
std::string to_script(const Network& network);

}  // namespace cef::model::torch_runtime
