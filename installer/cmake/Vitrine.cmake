# Flags of our own code and the few functions that the CMakeLists use.

add_compile_definitions(QT_NO_KEYWORDS)  # torch uses `slots` and `emit` as names
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(VITRINE_STRICT)
  add_compile_options(-Werror)
endif()
if(VITRINE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(VITRINE_HEADERS)
  include_directories(SYSTEM ${VITRINE_HEADERS})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# vitrine_library(NAME [QT] [UNITY] SOURCES ... [LINK ...] [PRIVATE_LINK ...]): a static library whose headers are found as "folder/file.h".
function(vitrine_library name)
  cmake_parse_arguments(A "QT;UNITY" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/backends)
  target_link_libraries(${name} PUBLIC ${A_LINK} PRIVATE ${A_PRIVATE_LINK})
  if(A_QT)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
  endif()
  if(A_UNITY)  # torch's headers cost 13 s a file
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)
  endif()
endfunction()

# vitrine_study_family(FAMILY stem ... [SHARED stem ...]): the one list of a family's studies, and of what they share. A file on disk
# that is not listed is an error.
set_property(GLOBAL PROPERTY VITRINE_STUDY_STEMS "")
function(vitrine_study_family family)
  cmake_parse_arguments(A "" "" "SHARED" ${ARGN})
  file(GLOB found CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/${family} ${CMAKE_CURRENT_SOURCE_DIR}/${family}/*.cpp)
  set(sources)
  foreach(stem ${A_UNPARSED_ARGUMENTS} ${A_SHARED})
    list(REMOVE_ITEM found ${stem}.cpp)
    list(APPEND sources ${family}/${stem}.cpp)
  endforeach()
  set_property(GLOBAL APPEND PROPERTY VITRINE_STUDY_STEMS ${A_UNPARSED_ARGUMENTS})
  if(found)
    message(FATAL_ERROR "studies/${family}: ${found} is not in the family's list in backends/studies/CMakeLists.txt")
  endif()
  set_property(GLOBAL APPEND PROPERTY VITRINE_STUDY_SOURCES ${sources})
endfunction()

# Writes study_index.cpp from the lists above.
function(vitrine_study_index output)
  get_property(stems GLOBAL PROPERTY VITRINE_STUDY_STEMS)
  set(declare "")
  set(call "")
  foreach(stem ${stems})
    string(APPEND declare "void vitrine_register_${stem}(vitrine::StudyRegistry &);\n")
    string(APPEND call "    vitrine_register_${stem}(all);\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT "// Generated from the lists of backends/studies/CMakeLists.txt.
#include \"core/study.h\"

${declare}
const vitrine::StudyRegistry &vitrine::studies() {
  static const StudyRegistry registry = [] {
    StudyRegistry all;
${call}    return all;
  }();
  return registry;
}
")
endfunction()

# vitrine_test(NAME SOURCES tst_*.cpp ... LINK ... [LABELS fast gui slow] [GUI]): one QtTest program; GUI ones run under Xvfb.
function(vitrine_test name)
  cmake_parse_arguments(A "GUI" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES} ${CMAKE_SOURCE_DIR}/tests/test_main.cpp)
  set_target_properties(${name} PROPERTIES AUTOMOC ON)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${A_LINK} Qt6::Test Qt6::Widgets)
  target_compile_definitions(${name} PRIVATE VITRINE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" VITRINE_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  if(A_GUI)
    add_test(NAME ${name} COMMAND xvfb-run -a -s "-screen 0 2600x1500x24" $<TARGET_FILE:${name}>)
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT} ENVIRONMENT
    "OMP_WAIT_POLICY=passive;OMP_NUM_THREADS=2;OPENBLAS_NUM_THREADS=2;LIBGL_ALWAYS_SOFTWARE=1;QT_SCALE_FACTOR=1;VITRINE_ENVIRONMENT=1;ASAN_OPTIONS=detect_leaks=0:new_delete_type_mismatch=0")
  if(NOT A_GUI)
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "QT_QPA_PLATFORM=offscreen")
  endif()
endfunction()
