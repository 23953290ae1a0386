#include <string>

#include "edge/directory/rows.h"
#include "edge/directory/store.h"

namespace outhaul::edge {

Result<Binding> Store::create_binding(const Binding& binding) {
  if (!binding.name.empty()) OUTHAUL_CHECK(check_name(binding.name));
  OUTHAUL_TRY(transaction, Transaction::begin(database_));
  OUTHAUL_CHECK(service(binding.service_id));
  const std::string id = binding.id.to_string();
  const std::string service_id = binding.service_id.to_string();
  OUTHAUL_CHECK(database_.run(
      "INSERT INTO bindings (id, service_id, token_hash, name, created_at) VALUES (?, ?, ?, ?, ?)",
      {id, service_id, Bytes(binding.token_hash),
       binding.name.empty() ? SqlValue(nullptr) : SqlValue(binding.name),
       binding.created_at.time_since_epoch().count()}));
  OUTHAUL_CHECK(transaction.commit());
  return binding;
}

Result<Binding> Store::delete_binding(const Uuid& id) {
  OUTHAUL_TRY(transaction, Transaction::begin(database_));
  const std::string text = id.to_string();
  OUTHAUL_TRY(rows, database_.query(kSelectBindings + " WHERE id = ?", {text}));
  OUTHAUL_TRY(found, rows.step());
  if (!found) return Error{ErrorKind::not_found, "binding " + text + ": not found"};
  OUTHAUL_TRY(binding, read_binding(rows));
  OUTHAUL_CHECK(database_.run("DELETE FROM bindings WHERE id = ?", {text}));
  OUTHAUL_CHECK(transaction.commit());
  return binding;
}

}  // namespace outhaul::edge
