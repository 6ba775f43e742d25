# uninstall.cmake: cmake -DMANIFEST=install_manifest.txt -P uninstall.cmake
#
# Removes every file the manifest lists, then the folders those were in, as far up as they are empty. Folders in /usr stay: they
# belong to the system, empty or not.

if(NOT EXISTS "${MANIFEST}")
  message(FATAL_ERROR "Nothing is known of an installation: ${MANIFEST} is not there.")
endif()

file(STRINGS "${MANIFEST}" files)
foreach(file IN LISTS files)
  set(file "$ENV{DESTDIR}${file}")
  message(STATUS "Removing: ${file}")
  file(REMOVE "${file}")
  # Four levels: PREFIX/share/man/man1 and PREFIX itself.
  foreach(level RANGE 1 4)
    get_filename_component(file "${file}" DIRECTORY)
    file(GLOB rest LIST_DIRECTORIES true "${file}/*" "${file}/.[!.]*")
    if(rest OR file MATCHES "^/usr(/|$)" OR file STREQUAL "/" OR file STREQUAL "")
      break()
    endif()
    file(REMOVE_RECURSE "${file}")
  endforeach()
endforeach()
file(REMOVE "${MANIFEST}")
