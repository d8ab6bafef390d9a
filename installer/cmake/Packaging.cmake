# install() rules and CPack.
