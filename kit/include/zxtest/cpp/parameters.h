// SPDX-License-Identifier: MIT
// Tests with parameters: TEST_P, INSTANTIATE_TEST_SUITE_P and what gives the values.
#ifndef ZXTEST_CPP_PARAMETERS_H_
#define ZXTEST_CPP_PARAMETERS_H_

#include <zxtest/base/runner.h>

#include <deque>
#include <functional>
#include <iterator>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace zxtest {

// What a function that names instances gets.
template <typename T>
struct TestParamInfo {
  T param;
  size_t index;
};

// Gives a fixture its parameter.
template <typename T>
class WithParamInterface {
 public:
  using ParamType = T;
  virtual ~WithParamInterface() = default;

  static const T& GetParam() { return *Current(); }
  static void SetParam(const T* param) { Current() = param; }

 private:
  static const T*& Current() {
    static const T* current = nullptr;
    return current;
  }
};

template <typename T>
class TestWithParam : public Test, public WithParamInterface<T> {};

namespace internal {

// The tests of one fixture and the values they are to run with: whichever comes first waits.
template <typename Fixture>
class ParamSuite {
 public:
  using Param = typename Fixture::ParamType;
  using Namer = std::function<std::string(const TestParamInfo<Param>&)>;

  struct Body {
    std::string name;
    const char* file;
    int line;
    std::function<std::unique_ptr<Test>(const Param*)> make;
    void (*set_up)();
    void (*tear_down)();
  };

  static ParamSuite& Get() {
    static ParamSuite* suite = new ParamSuite();
    return *suite;
  }

  void AddBody(Body body) { bodies_.push_back(std::move(body)); }

  void AddValues(const char* prefix, const char* fixture, const std::vector<Param>& values,
                 Namer namer) {
    values_.push_back({prefix, fixture, new std::deque<Param>(values.begin(), values.end()),
                       std::move(namer)});
  }

 private:
  struct Values {
    std::string prefix;
    std::string fixture;
    // Never freed: tests keep pointers into it until the program ends. A vector of bool has no
    // elements to point at.
    std::deque<Param>* values;
    Namer namer;
  };

  ParamSuite() {
    Runner::GetInstance()->AddExpansion([this] { Expand(); });
  }

  void Expand() {
    for (const Values& values : values_) {
      const std::string suite = values.prefix + "/" + values.fixture;
      for (const Body& body : bodies_) {
        for (size_t i = 0; i < values.values->size(); i++) {
          const Param* param = &(*values.values)[i];
          const std::string name =
              values.namer ? values.namer(TestParamInfo<Param>{*param, i}) : std::to_string(i);
          auto make = body.make;
          Runner::GetInstance()->Register(
              suite, body.name + "/" + name, body.file, body.line,
              [make, param] { return make(param); }, body.set_up, body.tear_down);
        }
      }
    }
    values_.clear();
  }

  std::vector<Body> bodies_;
  std::vector<Values> values_;
};

// A list of values of possibly different types, turned into the parameter's type when it is known.
template <typename... T>
class ValueList {
 public:
  explicit ValueList(T... values) : values_(std::move(values)...) {}

  template <typename Param>
  std::vector<Param> Get() const {
    std::vector<Param> all;
    all.reserve(sizeof...(T));
    std::apply([&](const T&... value) { (all.push_back(static_cast<Param>(value)), ...); },
               values_);
    return all;
  }

 private:
  std::tuple<T...> values_;
};

template <typename T>
class ValueRange {
 public:
  explicit ValueRange(std::vector<T> values) : values_(std::move(values)) {}

  template <typename Param>
  std::vector<Param> Get() const {
    return std::vector<Param>(values_.begin(), values_.end());
  }

 private:
  std::vector<T> values_;
};

// All combinations, the last list fastest.
template <typename... G>
class Combination {
 public:
  explicit Combination(G... lists) : lists_(std::move(lists)...) {}

  template <typename Param>
  std::vector<Param> Get() const {
    std::vector<Param> all;
    Fill<Param, 0>(all);
    return all;
  }

 private:
  template <typename Param, size_t kAt, typename... Chosen>
  void Fill(std::vector<Param>& all, const Chosen&... chosen) const {
    if constexpr (kAt == sizeof...(G)) {
      all.push_back(Param(chosen...));
    } else {
      using Value = std::tuple_element_t<kAt, Param>;
      for (const Value& value : std::get<kAt>(lists_).template Get<Value>()) {
        Fill<Param, kAt + 1>(all, chosen..., value);
      }
    }
  }

  std::tuple<G...> lists_;
};

template <typename Fixture, typename Values>
void Instantiate(const char* prefix, const char* fixture, const Values& values,
                 typename ParamSuite<Fixture>::Namer namer = nullptr) {
  ParamSuite<Fixture>::Get().AddValues(
      prefix, fixture, values.template Get<typename Fixture::ParamType>(), std::move(namer));
}

template <typename Fixture, typename Impl>
void RegisterParamTest(const char* name, const char* file, int line) {
  using Param = typename Fixture::ParamType;
  ParamSuite<Fixture>::Get().AddBody(
      {name, file, line,
       [](const Param* param) {
         Fixture::SetParam(param);
         return std::unique_ptr<Test>(new Impl());
       },
       &Impl::SetUpSuite, &Impl::TearDownSuite});
}

}  // namespace internal

namespace testing {

template <typename... T>
auto Values(T... values) {
  return internal::ValueList<T...>(std::move(values)...);
}

template <typename Container>
auto ValuesIn(const Container& container) {
  using T = std::decay_t<decltype(*std::begin(container))>;
  return internal::ValueRange<T>(std::vector<T>(std::begin(container), std::end(container)));
}

// From `start` to `end`, which is left out.
template <typename T, typename Step = T>
auto Range(T start, T end, Step step = Step(1)) {
  std::vector<T> values;
  for (T value = start; value < end; value = static_cast<T>(value + step)) {
    values.push_back(value);
  }
  return internal::ValueRange<T>(std::move(values));
}

inline auto Bool() { return internal::ValueList<bool, bool>(false, true); }

template <typename... G>
auto Combine(G... lists) {
  return internal::Combination<G...>(std::move(lists)...);
}

}  // namespace testing

}  // namespace zxtest

#define TEST_P(fixture, name) ZXTEST_TEST_P(fixture, name)

#define ZXTEST_TEST_P(fixture, name)                                                       \
  class fixture##_##name##_Class final : public fixture {                                  \
   public:                                                                                 \
    fixture##_##name##_Class() = default;                                                  \
    ZXTEST_SUITE_FUNCTIONS(fixture)                                                        \
                                                                                           \
   private:                                                                                \
    void TestBody() override;                                                              \
  };                                                                                       \
  __attribute__((constructor)) static void fixture##_##name##_Register() {                 \
    ::zxtest::internal::RegisterParamTest<fixture, fixture##_##name##_Class>(              \
        #name, __FILE__, __LINE__);                                                        \
  }                                                                                        \
  void fixture##_##name##_Class::TestBody()

#define INSTANTIATE_TEST_SUITE_P(prefix, fixture, ...)                                     \
  __attribute__((constructor)) static void prefix##_##fixture##_Instantiate() {            \
    ::zxtest::internal::Instantiate<fixture>(#prefix, #fixture, __VA_ARGS__);              \
  }                                                                                        \
  static_assert(true, "takes the semicolon")

#endif  // ZXTEST_CPP_PARAMETERS_H_
