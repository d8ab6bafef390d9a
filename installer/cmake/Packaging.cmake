# install() rules and CPack: ./dev package makes a .deb.
include(GNUInstallDirs)

install(TARGETS vitrine vitrine-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY resources/ DESTINATION ${CMAKE_INSTALL_DATADIR}/vitrine)
install(FILES installer/linux/vitrine.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES installer/linux/vitrine.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages)
install(FILES installer/linux/vitrine.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
install(FILES resources/icons/vitrine.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
install(FILES installer/linux/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vitrine)

# What a running Vitrine needs and no library asks for; the list is installer/packages.
file(STRINGS installer/packages runLines REGEX "^run ")
list(TRANSFORM runLines REPLACE "^run +" "")
list(JOIN runLines ", " runPackages)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS installer/packages)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # packs what is built; ./dev package builds it
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vitrine)
set(CPACK_PACKAGE_VENDOR "The Vitrine authors")
set(CPACK_PACKAGE_CONTACT "The Vitrine authors <vitrine@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "looks into neural representations")
set(CPACK_PACKAGE_DESCRIPTION
    "Vitrine loads models and data sets, computes embeddings and attention maps, and shows them as maps that can be explored: t-SNE drawn live, \
attention over pictures, one selection in all views. Pictures, films and tables come out of it.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "${runPackages}")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "xvfb, xauth")
include(CPack)
