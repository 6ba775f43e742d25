# uninstall.cmake: cmake -DMANIFEST=install_manifest.txt -P uninstall.cmake
#
# Removes every file the manifest lists, then the folders those were in, as far as they are empty, up to the prefix. Folders
# in /usr stay: they belong to the system, empty or not.

if(NOT EXISTS "${MANIFEST}")
  message(FATAL_ERROR "Nothing is known of an installation: ${MANIFEST} is not there.")
endif()

file(STRINGS "${MANIFEST}" files)
string(REGEX REPLACE "^(.*;)?([^;]*)/[^/;]+/sshvet(;.*)?$" "\\2" prefix "${files}")
foreach(file IN LISTS files)
  message(STATUS "Removing: $ENV{DESTDIR}${file}")
  file(REMOVE "$ENV{DESTDIR}${file}")
  while(NOT file STREQUAL prefix AND NOT file STREQUAL "" AND NOT file STREQUAL "/")
    get_filename_component(file "${file}" DIRECTORY)
    file(GLOB rest LIST_DIRECTORIES true "$ENV{DESTDIR}${file}/*" "$ENV{DESTDIR}${file}/.[!.]*")
    if(rest OR file MATCHES "^/usr(/|$)")
      break()
    endif()
    file(REMOVE_RECURSE "$ENV{DESTDIR}${file}")
  endwhile()
endforeach()
file(REMOVE "${MANIFEST}")
