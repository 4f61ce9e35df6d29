// SPDX-License-Identifier: MIT
// fbl::DoublyLinkedList: a list whose links are in its elements.
#ifndef FBL_INTRUSIVE_DOUBLE_LIST_H_
#define FBL_INTRUSIVE_DOUBLE_LIST_H_

#include <fbl/ref_ptr.h>
#include <stddef.h>
#include <stdlib.h>

#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace fbl {

namespace internal {

// How a list keeps a pointer of each kind: it owns what owning pointers own.
template <typename P>
struct list_pointer;

template <typename T>
struct list_pointer<T*> {
  using Value = T;
  static T* raw(T* const& pointer) { return pointer; }
  static T* leak(T*& pointer) { return std::exchange(pointer, nullptr); }
  static T* own(T* raw) { return raw; }
};

template <typename T>
struct list_pointer<std::unique_ptr<T>> {
  using Value = T;
  static T* raw(const std::unique_ptr<T>& pointer) { return pointer.get(); }
  static T* leak(std::unique_ptr<T>& pointer) { return pointer.release(); }
  static std::unique_ptr<T> own(T* raw) { return std::unique_ptr<T>(raw); }
};

template <typename T>
struct list_pointer<RefPtr<T>> {
  using Value = T;
  static T* raw(const RefPtr<T>& pointer) { return pointer.get(); }
  static T* leak(RefPtr<T>& pointer) { return pointer.leak_ref(); }
  static RefPtr<T> own(T* raw) { return ImportFromRawPtr(raw); }
};

struct list_node {
  list_node* next = nullptr;
  list_node* previous = nullptr;
};

}  // namespace internal

// The base of elements.
template <typename PtrType>
class DoublyLinkedListable : private internal::list_node {
 public:
  DoublyLinkedListable() = default;
  DoublyLinkedListable(const DoublyLinkedListable&) = delete;
  DoublyLinkedListable& operator=(const DoublyLinkedListable&) = delete;

  bool InContainer() const { return next != nullptr; }

 private:
  template <typename P>
  friend class DoublyLinkedList;
};

template <typename PtrType>
class DoublyLinkedList {
  using Pointer = internal::list_pointer<PtrType>;
  using Node = internal::list_node;

 public:
  using ValueType = typename Pointer::Value;
  using Listable = DoublyLinkedListable<PtrType>;

  class iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = ValueType;
    using difference_type = ptrdiff_t;
    using pointer = ValueType*;
    using reference = ValueType&;

    iterator() = default;
    ValueType& operator*() const { return *element(node_); }
    ValueType* operator->() const { return element(node_); }
    bool IsValid() const { return node_ != nullptr; }
    iterator& operator++() {
      node_ = node_->next;
      return *this;
    }
    iterator operator++(int) {
      iterator before = *this;
      ++*this;
      return before;
    }
    iterator& operator--() {
      node_ = node_->previous;
      return *this;
    }
    bool operator==(const iterator& other) const { return node_ == other.node_; }
    bool operator!=(const iterator& other) const { return node_ != other.node_; }

   private:
    friend class DoublyLinkedList;
    explicit iterator(Node* node) : node_(node) {}
    Node* node_ = nullptr;
  };

  DoublyLinkedList() { head_.next = head_.previous = &head_; }
  DoublyLinkedList(const DoublyLinkedList&) = delete;
  DoublyLinkedList& operator=(const DoublyLinkedList&) = delete;
  // A list of raw pointers owns nothing: its elements must be out of it by then.
  ~DoublyLinkedList() {
    if (std::is_pointer_v<PtrType> && !is_empty()) {
      abort();
    }
    clear();
  }

  void push_front(PtrType pointer) { link(head_.next, std::move(pointer)); }
  void push_back(PtrType pointer) { link(&head_, std::move(pointer)); }
  // Before the element that `at` points at.
  void insert(const iterator& at, PtrType pointer) { link(at.node_, std::move(pointer)); }

  PtrType pop_front() { return is_empty() ? PtrType() : unlink(head_.next); }
  PtrType pop_back() { return is_empty() ? PtrType() : unlink(head_.previous); }
  PtrType erase(ValueType& value) { return unlink(node(&value)); }
  PtrType erase(const iterator& at) { return unlink(at.node_); }

  void clear() {
    while (!is_empty()) {
      static_cast<void>(unlink(head_.next));
    }
  }

  bool is_empty() const { return head_.next == &head_; }
  ValueType& front() { return *element(head_.next); }
  ValueType& back() { return *element(head_.previous); }
  iterator begin() { return iterator(head_.next); }
  iterator end() { return iterator(&head_); }
  iterator make_iterator(ValueType& value) { return iterator(node(&value)); }

  size_t size_slow() const {
    size_t count = 0;
    for (const Node* at = head_.next; at != &head_; at = at->next) {
      count++;
    }
    return count;
  }

 private:
  static Node* node(ValueType* value) { return static_cast<Node*>(static_cast<Listable*>(value)); }
  static ValueType* element(Node* node) {
    return static_cast<ValueType*>(static_cast<Listable*>(node));
  }

  static void link(Node* before, PtrType pointer) {
    Node* added = node(Pointer::leak(pointer));
    if (added->next != nullptr) {
      abort();  // in a list already
    }
    added->next = before;
    added->previous = before->previous;
    before->previous->next = added;
    before->previous = added;
  }

  static PtrType unlink(Node* taken) {
    taken->previous->next = taken->next;
    taken->next->previous = taken->previous;
    taken->next = taken->previous = nullptr;
    return Pointer::own(element(taken));
  }

  Node head_;
};

}  // namespace fbl

#endif  // FBL_INTRUSIVE_DOUBLE_LIST_H_
