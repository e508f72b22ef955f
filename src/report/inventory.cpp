#include "cef/report/inventory.hpp"
#include "cef/core/text.hpp"

#include <algorithm>
#include <set>

namespace cef::report {

using core::Json;
using inventory::Inventory;

namespace {

bool is_secret(const std::string& name) {
  return name.find("password") != std::string::npos || name.find("_pass") != std::string::npos;
}

Json hidden(const std::string& name, const Json& value) {
  return is_secret(name) ? Json("***") : value;
}

Json variables_json(const Inventory& inventory, const std::string& host) {
  Json vars = Json::object();
  for (const auto& [name, value] : inventory.effective(host)) {
    vars[name] = hidden(name, value);
  }
  return vars;
}

std::string as_text(const Json& value) {
  return inventory::vault_text(value) == nullptr ? core::text_of(value) : "(vault)";
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

void append_graph(std::string& out, const Inventory& inventory, const std::string& name, int depth) {
  const auto line = [&](int level, const std::string& text) {
    for (int i = 0; i < level; ++i) {
      out += "  |";
    }
    out += (level == 0 ? "" : "--") + text + "\n";
  };
  const inventory::Group& group = inventory.groups.at(name);
  line(depth, "@" + name + ":");
  for (const auto& child : sorted(group.children)) {
    append_graph(out, inventory, child, depth + 1);
  }
  for (const auto& host : sorted(group.hosts)) {
    line(depth + 1, host);
  }
}

Json graph_node(const Inventory& inventory, const std::string& name) {
  const inventory::Group& group = inventory.groups.at(name);
  Json node;
  node["name"] = name;
  node["hosts"] = sorted(group.hosts);
  node["children"] = Json::array();
  for (const auto& child : sorted(group.children)) {
    node["children"].push_back(graph_node(inventory, child));
  }
  return node;
}

/// An object as core::dump_document writes it, of members that are text already: one Json of a large inventory would
/// take most of the time of listing it.
class Members {
 public:
  void add(const std::string& name, std::string_view document) {
    text_ += text_.empty() ? "{\n  " : ",\n  ";
    text_ += core::dump_line(Json(name)) + ": ";
    for (std::size_t at = 0; at < document.size();) {
      const std::size_t end = std::min(document.find('\n', at), document.size() - 1) + 1;
      text_ += document.substr(at, end - at);
      text_ += end < document.size() ? "  " : "";
      at = end;
    }
  }
  [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : text_ + "\n}"; }

 private:
  std::string text_;
};

}  // namespace

std::string inventory_list_document(const operation::InventoryView& view) {
  const Inventory& inventory = view.inventory;
  const std::set<std::string_view> chosen(view.hosts.begin(), view.hosts.end());
  Members hostvars;
  for (const auto& host : sorted(view.hosts)) {
    if (const Json vars = variables_json(inventory, host); !vars.empty()) {
      hostvars.add(host, core::dump_document(vars));
    }
  }
  Members meta;
  meta.add("hostvars", hostvars.text());
  Members list;
  list.add("_meta", meta.text());
  for (const auto& [name, group] : inventory.groups) {
    Json::array_t hosts;
    for (const auto& host : sorted(group.hosts)) {
      if (chosen.contains(host)) {
        hosts.emplace_back(host);
      }
    }
    Json entry = Json::object();
    if (!group.children.empty()) {
      entry["children"] = sorted(group.children);
    }
    if (!hosts.empty()) {
      entry["hosts"] = std::move(hosts);
    }
    if (!entry.empty()) {
      list.add(name, core::dump_document(entry));
    }
  }
  return list.text();
}

std::string inventory_list_text(const operation::InventoryView& view, const Style& style) {
  Table table({{"HOST"}, {"ADDRESS"}, {"CONNECTION"}, {"GROUPS"}});
  for (const auto& host : view.hosts) {
    const auto vars = view.inventory.effective(host);
    const auto value = [&](const char* name, const std::string& otherwise) {
      const auto found = vars.find(name);
      return printable(found == vars.end() ? otherwise : as_text(found->second));
    };
    std::string groups;
    for (const auto& group : view.inventory.groups_of(host)) {
      groups += (groups.empty() ? "" : " ") + group;
    }
    const std::string port = value("ansible_port", "");
    table.add_row({host, value("ansible_host", host) + (port.empty() ? "" : ":" + port),
                   value("ansible_connection", "ssh"), groups});
  }
  return table.str(style);
}

std::string inventory_graph_text(const Inventory& inventory, const std::string& group) {
  std::string out;
  append_graph(out, inventory, group, 0);
  return out;
}

Json inventory_graph_json(const Inventory& inventory, const std::string& group) {
  Json document;
  document["schema"] = "cef.inventory.graph/1";
  document.update(graph_node(inventory, group));
  return document;
}

Json inventory_host_json(const Inventory& inventory, const std::string& host) {
  Json document;
  document["schema"] = "cef.inventory.host/1";
  document["host"] = host;
  document["groups"] = inventory.groups_of(host);
  document["variables"] = variables_json(inventory, host);
  return document;
}

std::string inventory_host_text(const Inventory& inventory, const std::string& host, const Style& style) {
  std::string out = paint(host, Colour::bold, style) + "\n";
  std::string groups;
  for (const auto& group : inventory.groups_of(host)) {
    groups += (groups.empty() ? "" : " ") + group;
  }
  out += "groups: " + groups + "\n";
  Table table({{"VARIABLE"}, {"VALUE"}});
  for (const auto& [name, value] : inventory.effective(host)) {
    table.add_row({printable(name), printable(as_text(hidden(name, value)))});
  }
  return out + table.str(style);
}

}  // namespace cef::report
