#pragma once

#include <string>

#include "cef/core/json.hpp"
#include "cef/operation/inventory.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// The shape of `ansible-inventory --list`, for the selected hosts.
std::string inventory_list_document(const operation::InventoryView& view);
std::string inventory_list_text(const operation::InventoryView& view, const Style& style);

/// The shape of `ansible-inventory --graph`, from one group down.
std::string inventory_graph_text(const inventory::Inventory& inventory, const std::string& group);
/// {"schema":"cef.inventory.graph/1","name":…,"hosts":[…],"children":[{…}]}
core::Json inventory_graph_json(const inventory::Inventory& inventory, const std::string& group);

/// All variables of one host, passwords as ***.
core::Json inventory_host_json(const inventory::Inventory& inventory, const std::string& host);
std::string inventory_host_text(const inventory::Inventory& inventory, const std::string& host, const Style& style);

}  // namespace cef::report
