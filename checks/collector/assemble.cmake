# assemble.cmake: the collector from its parts, as a script and as a C file.
#
#   cmake -DCHECKS=FOLDER -DVERSION=… -DSCRIPT=collector.sh -DSOURCE=collector.c -P assemble.cmake
#
# begin.sh runs first; all other parts are one side of a pipe, and what it chose is the other. All of it stands between single quotes, so a single quote in a
# part ends the build. "@NAME.awk@" in a part is the program of that file, as text that the shell reads in double quotes.

cmake_policy(VERSION 3.25)

set(parts "${CHECKS}/collector/frame.sh")
file(STRINGS "${CHECKS}/checks.def" modules REGEX "^CHECK\\(")
foreach(module IN LISTS modules)
  string(REGEX REPLACE "^CHECK\\(([a-z0-9_]+).*" "${CHECKS}/\\1.sh" part "${module}")
  if(EXISTS "${part}")
    list(APPEND parts "${part}")
  endif()
endforeach()
list(APPEND parts "${CHECKS}/collector/finish.sh")

# A program without the comments and blank lines at its beginning and between its functions, with what means something in double quotes escaped.
function(read_program out program)
  file(READ "${program}" text)
  string(REGEX REPLACE "(^|\n)[\t ]*#[^\n]*" "\\1" text "${text}")
  string(REGEX REPLACE "\n\n+" "\n" text "${text}")
  foreach(special "\\" "\"" "$" "`")
    string(REPLACE "${special}" "\\${special}" text "${text}")
  endforeach()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# The text of a part, fit to stand between single quotes. Of its comments only the first is sent along, which says what the part is about: each byte costs
# scanner and target time, and whoever wants to know more finds it in the part.
function(read_part out part)
  file(READ "${part}" text)
  string(REGEX MATCH "@([a-z_]+[.]awk)@" program "${text}")
  if(program)
    read_program(awk "${CHECKS}/${CMAKE_MATCH_1}")
    string(REPLACE "${program}" "${awk}" text "${text}")
  endif()
  string(FIND "${text}" "'" quote)
  if(NOT quote EQUAL -1)
    string(SUBSTRING "${text}" 0 ${quote} before)
    string(REGEX MATCHALL "\n" newlines "${before}")
    list(LENGTH newlines line)
    math(EXPR line "${line} + 1")
    message(FATAL_ERROR "${part}:${line}: a single quote: the collector is single-quoted text, use double quotes")
  endif()
  string(REGEX REPLACE "(^|\n)# shellcheck [^\n]*" "\\1" text "${text}")
  string(REGEX MATCH "^\n*((#[^\n]*\n)+)" about "${text}")
  set(about "${CMAKE_MATCH_1}")
  string(REGEX REPLACE "(^|\n)[\t ]*#[^\n]*" "\\1" text "${text}")
  string(REGEX REPLACE "\n\n+" "\n\n" text "${text}")
  string(REGEX REPLACE "^\n+" "" text "${text}")
  set(text "${about}${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

read_part(begin "${CHECKS}/collector/begin.sh")
set(body "\n{\n${begin}\n{\n")
foreach(part IN LISTS parts)
  read_part(text "${part}")
  string(APPEND body "${text}\n")
endforeach()
string(APPEND body "} | $pack\nexit 0\n} </dev/null 2>/dev/null\n")
read_part(launcher "${CHECKS}/collector/launcher.sh")

file(READ "${CHECKS}/collector/main.sh" script)
string(REPLACE "@BODY@" "${body}" script "${script}")
string(REPLACE "@LAUNCHER@" "\n${launcher}" script "${script}")
string(REPLACE "@VERSION@" "${VERSION}" script "${script}")
string(REGEX MATCH "[^\t\n -~]" strange "${script}")
if(NOT strange STREQUAL "")
  message(FATAL_ERROR "the collector has a byte that is not printable ASCII: '${strange}'")
endif()
file(WRITE "${SCRIPT}" "${script}")

file(READ "${SCRIPT}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
file(WRITE "${SOURCE}" "/* Made by assemble.cmake; do not edit. */\n#include \"check.h\"\n\n"
  "const char collector_script[] = { ${bytes} 0 };\nconst size_t collector_size = sizeof(collector_script) - 1;\n")
