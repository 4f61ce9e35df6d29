// SPDX-License-Identifier: MIT
// Doubly linked lists whose links are members of the elements.

#ifndef LIBZX_ZIRCON_LISTNODE_H_
#define LIBZX_ZIRCON_LISTNODE_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

__BEGIN_CDECLS

// A link of an element, or the head of a list. An empty head points to itself; a cleared link, which
// is in no list, holds two null pointers.
typedef struct list_node list_node_t;
struct list_node {
  list_node_t *prev;
  list_node_t *next;
};

#define LIST_INITIAL_VALUE(list) \
  { &(list), &(list) }
#define LIST_INITIAL_CLEARED_VALUE \
  { NULL, NULL }

// The element of the given type whose given member is at ptr.
#define containerof(ptr, type, member) ((type *)((uintptr_t)(ptr) - offsetof(type, member)))

static inline void list_initialize(list_node_t *list) { list->prev = list->next = list; }

static inline void list_clear_node(list_node_t *item) { item->prev = item->next = NULL; }

static inline bool list_in_list(const list_node_t *item) {
  return item->prev != NULL || item->next != NULL;
}

static inline bool list_is_empty(const list_node_t *list) { return list->next == list; }

static inline size_t list_length(const list_node_t *list) {
  size_t count = 0;
  for (const list_node_t *node = list->next; node != list; node = node->next) {
    count++;
  }
  return count;
}

// Puts item behind the element, or the head, before.
static inline void __libzx_list_insert(list_node_t *before, list_node_t *item) {
  item->prev = before;
  item->next = before->next;
  before->next->prev = item;
  before->next = item;
}

static inline void list_add_head(list_node_t *list, list_node_t *item) {
  __libzx_list_insert(list, item);
}

static inline void list_add_tail(list_node_t *list, list_node_t *item) {
  __libzx_list_insert(list->prev, item);
}

#define list_add_after(entry, new_entry) list_add_head(entry, new_entry)
#define list_add_before(entry, new_entry) list_add_tail(entry, new_entry)

static inline void list_delete(list_node_t *item) {
  item->prev->next = item->next;
  item->next->prev = item->prev;
  list_clear_node(item);
}

static inline void list_replace_node(list_node_t *old_node, list_node_t *new_node) {
  __libzx_list_insert(old_node, new_node);
  list_delete(old_node);
}

// Each of these gives NULL at the end of the list.
static inline list_node_t *list_peek_head(const list_node_t *list) {
  return list->next != list ? list->next : NULL;
}

static inline list_node_t *list_peek_tail(const list_node_t *list) {
  return list->prev != list ? list->prev : NULL;
}

static inline list_node_t *list_next(const list_node_t *list, const list_node_t *item) {
  return item->next != list ? item->next : NULL;
}

static inline list_node_t *list_prev(const list_node_t *list, const list_node_t *item) {
  return item->prev != list ? item->prev : NULL;
}

// Each of these steps over the head, and gives NULL when the list is empty.
static inline list_node_t *list_next_wrap(const list_node_t *list, const list_node_t *item) {
  return item->next != list ? item->next : list_peek_head(list);
}

static inline list_node_t *list_prev_wrap(const list_node_t *list, const list_node_t *item) {
  return item->prev != list ? item->prev : list_peek_tail(list);
}

static inline list_node_t *list_remove_head(list_node_t *list) {
  list_node_t *item = list_peek_head(list);
  if (item != NULL) {
    list_delete(item);
  }
  return item;
}

static inline list_node_t *list_remove_tail(list_node_t *list) {
  list_node_t *item = list_peek_tail(list);
  if (item != NULL) {
    list_delete(item);
  }
  return item;
}

// Moves what follows pos in list to the empty head other.
static inline void list_split_after(list_node_t *list, list_node_t *pos, list_node_t *other) {
  if (pos->next == list) {
    list_initialize(other);
    return;
  }
  other->next = pos->next;
  other->prev = list->prev;
  other->next->prev = other;
  other->prev->next = other;
  pos->next = list;
  list->prev = pos;
}

// Moves the elements of splice_from behind pos, and leaves splice_from empty.
static inline void list_splice_after(list_node_t *splice_from, list_node_t *pos) {
  if (list_is_empty(splice_from)) {
    return;
  }
  splice_from->next->prev = pos;
  splice_from->prev->next = pos->next;
  pos->next->prev = splice_from->prev;
  pos->next = splice_from->next;
  list_initialize(splice_from);
}

// Makes the empty head new_list the head of all that old_list has.
static inline void list_move(list_node_t *old_list, list_node_t *new_list) {
  list_initialize(new_list);
  list_splice_after(old_list, new_list);
}

// The same in terms of elements of a type with a member of type list_node_t.
#define __libzx_list_element(node, type, element)                      \
  (__extension__({                                                     \
    list_node_t *__libzx_node = (node);                                \
    __libzx_node ? containerof(__libzx_node, type, element) : (type *)NULL; \
  }))
#define list_remove_head_type(list, type, element) \
  __libzx_list_element(list_remove_head(list), type, element)
#define list_remove_tail_type(list, type, element) \
  __libzx_list_element(list_remove_tail(list), type, element)
#define list_peek_head_type(list, type, element) \
  __libzx_list_element(list_peek_head(list), type, element)
#define list_peek_tail_type(list, type, element) \
  __libzx_list_element(list_peek_tail(list), type, element)
#define list_next_type(list, item, type, element) \
  __libzx_list_element(list_next(list, &(item)->element), type, element)
#define list_prev_type(list, item, type, element) \
  __libzx_list_element(list_prev(list, &(item)->element), type, element)
#define list_next_wrap_type(list, item, type, element) \
  __libzx_list_element(list_next_wrap(list, &(item)->element), type, element)
#define list_prev_wrap_type(list, item, type, element) \
  __libzx_list_element(list_prev_wrap(list, &(item)->element), type, element)

// Loops. Those named safe allow the current element to be taken out.
#define list_for_every(list, node) \
  for ((node) = (list)->next; (node) != (list); (node) = (node)->next)

#define list_for_every_safe(list, node, temp_node)                                   \
  for ((node) = (list)->next, (temp_node) = (node)->next; (node) != (list);          \
       (node) = (temp_node), (temp_node) = (node)->next)

#define list_for_every_entry(list, entry, type, member)                              \
  for ((entry) = containerof((list)->next, type, member); &(entry)->member != (list); \
       (entry) = containerof((entry)->member.next, type, member))

#define list_for_every_entry_safe(list, entry, temp_entry, type, member)             \
  for ((entry) = containerof((list)->next, type, member),                            \
      (temp_entry) = containerof((entry)->member.next, type, member);                \
       &(entry)->member != (list); (entry) = (temp_entry),                           \
      (temp_entry) = containerof((temp_entry)->member.next, type, member))

__END_CDECLS

#endif  // LIBZX_ZIRCON_LISTNODE_H_
