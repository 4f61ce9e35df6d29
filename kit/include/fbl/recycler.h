// SPDX-License-Identifier: MIT
// fbl::Recyclable: objects that say themselves what becomes of them at the end.
#ifndef FBL_RECYCLER_H_
#define FBL_RECYCLER_H_

#include <type_traits>
#include <utility>

namespace fbl {

// A class that derives from this has a member fbl_recycle(), which is called instead of delete.
template <typename T>
class Recyclable {
 public:
  static void Recycle(T* object) { object->fbl_recycle(); }
};

namespace internal {

template <typename T>
void recycle(T* object) {
  if constexpr (std::is_base_of_v<Recyclable<std::remove_cv_t<T>>, std::remove_cv_t<T>>) {
    Recyclable<std::remove_cv_t<T>>::Recycle(const_cast<std::remove_cv_t<T>*>(object));
  } else {
    delete object;
  }
}

}  // namespace internal

}  // namespace fbl

#endif  // FBL_RECYCLER_H_
