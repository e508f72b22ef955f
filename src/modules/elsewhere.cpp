#include "cef/modules/elsewhere.hpp"

#include <string>

namespace cef::modules {
namespace {

/// Of ansible-core 2.14 and later all that cef has not; of collections those that roles for Debian name often.
constexpr std::string_view k_names =
    " acl alternatives apk apt_key archive assemble at capabilities composer dconf deb822_repository debconf "
    "dnf dnf5 docker_compose docker_compose_v2 docker_login docker_network docker_prune docker_swarm "
    "docker_volume dpkg_selections expect filesystem firewalld flatpak gem git_config github_key helm "
    "helm_repository homebrew homebrew_cask htpasswd ini_file interfaces_file iptables iptables_state "
    "java_cert k8s kernel_blacklist known_hosts launchd locale_gen lvg lvol make mount mount_facts mysql_db "
    "mysql_user nmcli npm openbsd_pkg openssh_keypair openssl_certificate openssl_csr openssl_dhparam "
    "openssl_privatekey opkg pacman pam_limits pamd parted patch pip pip_package_info pipx pkgng portage "
    "postgresql_db postgresql_privs postgresql_user redhat_subscription rhsm_repository rpm_key seboolean "
    "sefcontext selinux seport snap ssh_config subversion sudoers supervisorctl synchronize sysvinit ufw "
    "wakeonlan win_updates x509_certificate xattr xml yum yum_repository zfs zypper zypper_repository ";

}  // namespace

bool is_elsewhere(std::string_view name) {
  const std::size_t dot = name.find('.');
  const bool of_ansible = name.starts_with("ansible.builtin.") || name.starts_with("ansible.legacy.");
  if (dot != std::string_view::npos && name.find('.', dot + 1) != std::string_view::npos && !of_ansible) {
    return true;
  }
  return k_names.find(" " + std::string(name.substr(name.rfind('.') + 1)) + " ") != std::string_view::npos;
}

}  // namespace cef::modules
