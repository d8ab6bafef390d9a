// Several QtTest classes in one program: torch and VTK make every program slow to start. VITRINE_TEST(Class) below a class adds it.
#pragma once

#include <functional>
#include <vector>

#include <QTest>

namespace vitrine::testing {
std::vector<std::function<QObject *()>> &registered();
struct Registrar {
  explicit Registrar(std::function<QObject *()> make) { registered().push_back(std::move(make)); }
};
}  // namespace vitrine::testing

#define VITRINE_TEST(Class) static const vitrine::testing::Registrar registrar_##Class([]() -> QObject * { return new Class; });
