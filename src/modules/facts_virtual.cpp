#include <set>

#include "cef/core/regex.hpp"
#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {

using core::Json;

namespace {

/// What Ansible concludes from cgroups, DMI and modules; the first that is found names the type.
class Virtual {
 public:
  explicit Virtual(const RawFacts& raw) : raw_(raw) {
    containers();
    hypervisors();
    modules();
  }

  void put(Json& facts) const {
    facts["virtualization_type"] = type_.empty() ? "NA" : type_;
    facts["virtualization_role"] = type_.empty() ? "NA" : role_;
    facts["virtualization_tech_guest"] = std::vector<std::string>(guest_.begin(), guest_.end());
    facts["virtualization_tech_host"] = std::vector<std::string>(host_.begin(), host_.end());
  }

 private:
  void found(const std::string& type, const std::string& role) {
    (role == "guest" ? guest_ : host_).insert(type);
    if (type_.empty()) {
      type_ = type;
      role_ = role;
    }
  }

  [[nodiscard]] bool matches(const std::string& part, const char* pattern) const {
    const auto regex = core::Regex::compile(pattern, {.multi_line = true, .unicode = false});
    const auto match = regex->search(raw_.get(part));
    return match && match->has_value();
  }

  void containers() {
    if (matches("cgroup1", "/docker(/|-[0-9a-f]+\\.scope)")) {
      found("docker", "guest");
    }
    if (matches("cgroup1", "/lxc/|/machine.slice/machine-lxc")) {
      found("lxc", "guest");
    }
    if (matches("cgroup1", "/system.slice/containerd.service")) {
      found("containerd", "guest");
    }
    for (const char* kind : {"lxc", "podman"}) {
      if (matches("environ1", (std::string("container=") + kind).c_str())) {
        found(kind, "guest");
      }
    }
    if (matches("environ1", "^container=.")) {
      found("container", "guest");
    }
    if (raw_.has("has /proc/vz") && !raw_.has("has /proc/lve")) {
      found("openvz", raw_.has("has /proc/bc") ? "host" : "guest");
    }
    const std::string container = raw_.line("container");
    if (!container.empty()) {
      found(container, "guest");
    }
    if (raw_.has("has /.dockerenv") || raw_.has("has /.dockerinit")) {
      found("docker", "guest");
    }
    for (const char* kind : {"docker", "lxc", "podman", "openvz", "containerd"}) {
      if (guest_.contains(kind)) {
        guest_.insert("container");
        break;
      }
    }
    if (!container.empty()) {
      guest_.insert("container");
    }
  }

  void hypervisors() {
    if (raw_.has("has /proc/xen")) {
      found("xen", raw_.get("xen-capabilities").find("control_d") == std::string::npos ? "guest" : "host");
    }
    static const std::map<std::string, std::string> by_product = {{"KVM", "kvm"},
                                                                  {"KVM Server", "kvm"},
                                                                  {"Bochs", "kvm"},
                                                                  {"AHV", "kvm"},
                                                                  {"VMware Virtual Platform", "VMware"},
                                                                  {"VMware7,1", "VMware"},
                                                                  {"OpenStack Compute", "openstack"},
                                                                  {"OpenStack Nova", "openstack"},
                                                                  {"RHEV Hypervisor", "RHEV"}};
    static const std::map<std::string, std::string> by_bios = {{"Xen", "xen"},
                                                               {"innotek GmbH", "virtualbox"},
                                                               {"Amazon EC2", "kvm"},
                                                               {"DigitalOcean", "kvm"},
                                                               {"Hetzner", "kvm"}};
    static const std::map<std::string, std::string> by_vendor = {{"oVirt", "oVirt"},
                                                                 {"QEMU", "kvm"},
                                                                 {"Amazon EC2", "kvm"},
                                                                 {"DigitalOcean", "kvm"},
                                                                 {"Google", "kvm"},
                                                                 {"Scaleway", "kvm"},
                                                                 {"Nutanix", "kvm"},
                                                                 {"KubeVirt", "KubeVirt"},
                                                                 {"Microsoft Corporation", "VirtualPC"},
                                                                 {"Parallels Software International Inc.", "parallels"},
                                                                 {"OpenStack Foundation", "openstack"}};
    for (const auto& [part, table] :
         {std::pair{"dmi/product_name", &by_product}, {"dmi/bios_vendor", &by_bios}, {"dmi/sys_vendor", &by_vendor}}) {
      if (const auto one = table->find(strip_end(raw_.line(part), " ")); one != table->end()) {
        found(one->second, "guest");
      }
    }
    if (matches("cpuinfo", "^model name.*QEMU Virtual CPU")) {
      found("kvm", "guest");
    }
  }

  void modules() {
    if (matches("modules", "^kvm ")) {
      found("kvm", "host");
    }
    if (matches("modules", "^vboxdrv ")) {
      found("virtualbox", "host");
    }
    if (matches("modules", "^virtio ")) {
      host_.insert("kvm");  // as Ansible has it
      if (type_.empty()) {
        type_ = "kvm";
        role_ = "guest";
      }
    }
    if (raw_.has("has /dev/kvm")) {
      found("kvm", "host");
    }
  }

  const RawFacts& raw_;
  std::string type_, role_;
  std::set<std::string> guest_, host_;
};

}  // namespace

void add_virtual_facts(const RawFacts& raw, Json& facts) {
  Virtual(raw).put(facts);
}

}  // namespace cef::modules
