# CMake package for authors of custom loaders:
#
#   find_package(ovserve REQUIRED)
#   add_library(myloader MODULE my_loader.cpp)
#   target_link_libraries(myloader PRIVATE ovserve::loader)
#
# `ovserve --includes` prints where the headers are; the folder of this file is their sibling "cmake":
# hand it to CMake as -Dovserve_DIR=<...>/ovserve/cmake.

if(NOT TARGET ovserve::loader)
  get_filename_component(_ovserve_include_dir "${CMAKE_CURRENT_LIST_DIR}/../include" ABSOLUTE)
  if(NOT EXISTS "${_ovserve_include_dir}/customloaderinterface.hpp")
    set(ovserve_FOUND FALSE)
    set(ovserve_NOT_FOUND_MESSAGE "customloaderinterface.hpp is missing in ${_ovserve_include_dir}: reinstall ovserve")
    unset(_ovserve_include_dir)
    return()
  endif()

  add_library(ovserve::loader INTERFACE IMPORTED)
  set_target_properties(ovserve::loader PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${_ovserve_include_dir}"
                                                   INTERFACE_COMPILE_FEATURES cxx_std_17)
  unset(_ovserve_include_dir)
endif()
