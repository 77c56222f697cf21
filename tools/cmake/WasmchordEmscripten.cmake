# What a build with Emscripten does differently: no position-independent code, C++ exceptions by WebAssembly's own, and
# headers of the machine found outside of Emscripten's sysroot.
if(EMSCRIPTEN_VERSION VERSION_LESS 4)
  message(FATAL_ERROR "Emscripten 4.0 or newer is needed, not ${EMSCRIPTEN_VERSION}: tools/emscripten.sh makes one")
endif()
set(WC_PIC OFF)
if(WC_WASM_EXCEPTIONS)
  target_compile_options(wc_flags INTERFACE -fwasm-exceptions)
  target_link_options(wc_flags INTERFACE -fwasm-exceptions)
endif()
# Both change every object.
if(WC_WASM_THREADS)
  add_compile_options(-sSHARED_MEMORY=1)
  add_link_options(-sSHARED_MEMORY=1)
endif()
if(WC_WASM_64)
  add_compile_options(-sMEMORY64=1)
  add_link_options(-sMEMORY64=1)
endif()

# The folder that holds nlohmann/ may hold the machine's C library as well: only a link to the one is searched.
find_path(WC_NLOHMANN_PARENT nlohmann/json.hpp PATHS /usr/local/include /usr/include REQUIRED NO_CMAKE_FIND_ROOT_PATH
          DOC "Folder with nlohmann/json.hpp 3.11 or newer")
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/headers")
file(CREATE_LINK "${WC_NLOHMANN_PARENT}/nlohmann" "${PROJECT_BINARY_DIR}/headers/nlohmann" SYMBOLIC)
add_library(nlohmann_json::nlohmann_json INTERFACE IMPORTED GLOBAL)
target_include_directories(nlohmann_json::nlohmann_json INTERFACE "${PROJECT_BINARY_DIR}/headers")

# wc_googletest(): GTest::gtest_main compiled from its sources.
function(wc_googletest)
  find_path(WC_GOOGLETEST_DIR src/gtest-all.cc PATHS /usr/src/googletest/googletest /usr/src/gtest REQUIRED
            NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH DOC "Folder with GoogleTest's include/ and src/")
  add_library(wc_gtest_main STATIC "${WC_GOOGLETEST_DIR}/src/gtest-all.cc" "${WC_GOOGLETEST_DIR}/src/gtest_main.cc")
  target_compile_features(wc_gtest_main PUBLIC cxx_std_20)
  target_compile_definitions(wc_gtest_main PUBLIC GTEST_HAS_PTHREAD=0)
  target_compile_options(wc_gtest_main PUBLIC -fwasm-exceptions)
  target_include_directories(wc_gtest_main SYSTEM PUBLIC "${WC_GOOGLETEST_DIR}/include" PRIVATE "${WC_GOOGLETEST_DIR}")
  add_library(GTest::gtest_main ALIAS wc_gtest_main)
endfunction()
