#pragma once

#include <cassert>

namespace outhaul {

/// A link in an IntrusiveList. It takes itself out when destroyed, so a list never holds a dead
/// element and nobody has to remember who is queued where.
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = this;
  }

 private:
  template <typename T>
  friend class IntrusiveList;
  void insert_before(ListNode& position) {
    assert(!linked());
    previous_ = position.previous_;
    next_ = &position;
    position.previous_->next_ = this;
    position.previous_ = this;
  }
  ListNode* next_ = this;
  ListNode* previous_ = this;
};

/// Doubly linked list of objects that derive from ListNode; owns nothing, allocates nothing.
/// Destroying the list unlinks what is left in it.
template <typename T>
class IntrusiveList {
 public:
  IntrusiveList() = default;
  ~IntrusiveList() {
    while (!empty())
      head_.next_->unlink();
  }

  bool empty() const { return !head_.linked(); }
  T& front() {
    assert(!empty());
    return static_cast<T&>(*head_.next_);
  }
  T& back() {
    assert(!empty());
    return static_cast<T&>(*head_.previous_);
  }
  void push_back(T& item) { static_cast<ListNode&>(item).insert_before(head_); }
  T& pop_front() {
    T& item = front();
    static_cast<ListNode&>(item).unlink();
    return item;
  }
  /// Moves everything of `other` behind what is here.
  void splice_back(IntrusiveList& other) {
    if (other.empty()) return;
    ListNode* first = other.head_.next_;
    ListNode* last = other.head_.previous_;
    other.head_.next_ = other.head_.previous_ = &other.head_;
    first->previous_ = head_.previous_;
    head_.previous_->next_ = first;
    last->next_ = &head_;
    head_.previous_ = last;
  }
  template <typename Visitor>
  void for_each(Visitor visit) {
    for (ListNode* node = head_.next_; node != &head_;) {
      ListNode* next = node->next_;
      visit(static_cast<T&>(*node));
      node = next;
    }
  }

 private:
  ListNode head_;
};

}  // namespace outhaul
