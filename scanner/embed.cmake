# embed.cmake: files as C arrays.
#
#   include(scanner/embed.cmake)
#   embed_files(OUT.c ENTRIES name=path …)   at configure time: makes OUT.c at build time, again whenever an input changes
#
# Each entry gives `const char NAME[]` (NUL-terminated) and `const size_t NAME_size` (without the NUL).
# Run as a script (cmake -DOUT=… -DENTRIES=… -P embed.cmake) it writes the file.

if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "|" ";" ENTRIES "${ENTRIES}")
  set(text "/* Made by embed.cmake; do not edit. */\n#include <stddef.h>\n")
  foreach(entry IN LISTS ENTRIES)
    string(REGEX MATCH "^([a-z0-9_]+)=(.*)$" ok "${entry}")
    set(name "${CMAKE_MATCH_1}")
    file(READ "${CMAKE_MATCH_2}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
    string(APPEND text "extern const char ${name}[];\nextern const size_t ${name}_size;\n"
      "const char ${name}[] = { ${bytes} 0 };\nconst size_t ${name}_size = sizeof(${name}) - 1;\n")
  endforeach()
  file(WRITE "${OUT}" "${text}")
  return()
endif()

set(EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(embed_files out)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "ENTRIES")
  set(inputs "")
  foreach(entry IN LISTS arg_ENTRIES)
    string(REGEX REPLACE "^[a-z0-9_]+=" "" path "${entry}")
    list(APPEND inputs "${path}")
  endforeach()
  list(JOIN arg_ENTRIES "|" entries)
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DENTRIES=${entries}" -P "${EMBED_SCRIPT}"
    DEPENDS ${inputs} "${EMBED_SCRIPT}"
    COMMENT "Embedding ${out}"
    VERBATIM)
endfunction()
