# What `cmake --install` lays down: headers, the static library, the CMake package, the pkg-config file, the licences.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/wasmchord")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# A linker driven by a C compiler has to be told of the C++ runtime that the library needs.
set(WC_CXX_RUNTIME ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER WC_CXX_RUNTIME INCLUDE REGEX "^(stdc\\+\\+|c\\+\\+)$")
list(REMOVE_DUPLICATES WC_CXX_RUNTIME)
list(APPEND WC_CXX_RUNTIME m)
list(TRANSFORM WC_CXX_RUNTIME PREPEND "-l" OUTPUT_VARIABLE WC_PC_RUNTIME)
list(JOIN WC_PC_RUNTIME " " WC_PC_RUNTIME)

install(TARGETS wasmchord EXPORT wasmchordTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/include/wasmchord/wasmchord.h" "${PROJECT_SOURCE_DIR}/include/wasmchord/wasmchord.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/wasmchord")
install(EXPORT wasmchordTargets NAMESPACE wasmchord:: DESTINATION "${package_dir}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/wasmchordConfig.cmake.in" wasmchordConfig.cmake
                              INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break callers.
write_basic_package_version_file(wasmchordConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/wasmchordConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/wasmchordConfigVersion.cmake"
        DESTINATION "${package_dir}")

# Relative to the file itself, so that the installed tree can be moved.
file(RELATIVE_PATH WC_PC_PREFIX "/${pkgconfig_dir}" "/")
string(REGEX REPLACE "/$" "" WC_PC_PREFIX "${WC_PC_PREFIX}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/wasmchord.pc.in" wasmchord.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/wasmchord.pc" DESTINATION "${pkgconfig_dir}")

file(GLOB licences CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/LICENSE-*")
install(FILES ${licences} DESTINATION "${CMAKE_INSTALL_DOCDIR}")
