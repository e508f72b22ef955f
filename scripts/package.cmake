# The target package makes a .deb; scripts/package builds it. What cef opens with dlopen
# (libcurl, libarchive) dpkg-shlibdeps does not see.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cef)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "AI on a fleet of small machines: operate, deploy, measure")
set(CPACK_PACKAGE_CONTACT "cef maintainers <maintainers@cef.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 | libcurl3-gnutls")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libarchive13")
if(CMAKE_CROSSCOMPILING) # scripts/package
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS
      ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu ${CMAKE_SYSROOT}/lib/aarch64-linux-gnu)
endif()
include(CPack)
