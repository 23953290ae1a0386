#include "common/async/start_memory.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/async/sleep.h"

namespace outhaul {

namespace {

/// Long enough for a first connection to a far edge; too early costs nothing but some of the gain.
constexpr std::chrono::seconds start_time{1};

/// Whether the loader has written into code to make it fit its address. What it wrote would be
/// lost.
bool has_text_relocations(const dl_phdr_info& object) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    if (segment.p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + segment.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_TEXTREL) return true;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
    }
  }
  return false;
}

/// Only segments that were never writable: they are the file, so nothing is lost.
int unmap_constant_pages(dl_phdr_info* object, std::size_t, void*) {
  const std::string_view name = object->dlpi_name == nullptr ? "" : object->dlpi_name;
  if (name.starts_with("linux-vdso") || has_text_relocations(*object)) return 0;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // Advice: that it was not taken does no harm.
    [[maybe_unused]] const int refused =
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void release_start_memory() {
  malloc_trim(0);
  dl_iterate_phdr(unmap_constant_pages, nullptr);
}

Task<void> release_start_memory_soon(Loop& loop, Log& log) {
  co_await sleep_for(loop, start_time);
  release_start_memory();
  log.debug("start_memory_released");
}

}  // namespace outhaul
