// The layer: a VFS whose files hold the file of the real VFS behind their own head.
#include "tests/unit/storage/fault_vfs.h"

#include <sqlite3.h>

#include <cstring>

namespace restante::storage::testing {

namespace {

struct Faults {
  std::atomic<long long> free_octets = -1;
  std::atomic<long long> flushes = -1;
  std::atomic<long long> failures = 0;
};

Faults& faults() {
  static Faults instance;
  return instance;
}

struct File {
  sqlite3_file head;
  sqlite3_file* real;
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<File*>(file)->real;
}

int close_file(sqlite3_file* file) {
  return real(file)->pMethods == nullptr ? SQLITE_OK : real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* to, int octets, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), to, octets, offset);
}
int write_file(sqlite3_file* file, const void* from, int octets, sqlite3_int64 offset) {
  Faults& state = faults();
  if (state.free_octets >= 0 && (state.free_octets -= octets) < 0) {
    state.free_octets = 0;
    ++state.failures;
    return SQLITE_FULL;
  }
  return real(file)->pMethods->xWrite(real(file), from, octets, offset);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
  Faults& state = faults();
  if (state.flushes >= 0 && --state.flushes < 0) {
    state.flushes = 0;
    ++state.failures;
    return SQLITE_IOERR_FSYNC;
  }
  return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int kind) {
  return real(file)->pMethods->xLock(real(file), kind);
}
int unlock_file(sqlite3_file* file, int kind) {
  return real(file)->pMethods->xUnlock(real(file), kind);
}
int check_lock(sqlite3_file* file, int* result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int control(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
int traits(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,  write_file, truncate_file, sync_file, file_size,
    lock_file, unlock_file, check_lock, control,    sector_size,   traits,    shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,    nullptr};

sqlite3_vfs* below(sqlite3_vfs* vfs) {
  return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* got) {
  auto* own = reinterpret_cast<File*>(file);
  own->real = reinterpret_cast<sqlite3_file*>(own + 1);
  const int code = below(vfs)->xOpen(below(vfs), name, own->real, flags, got);
  own->head.pMethods = own->real->pMethods == nullptr ? nullptr : &kMethods;
  return code;
}

sqlite3_vfs& layer() {
  static sqlite3_vfs vfs;
  return vfs;
}

}  // namespace

FaultVfs::FaultVfs() {
  set_free_octets(-1);
  set_flushes(-1);
  faults().failures = 0;
  sqlite3_vfs* base = sqlite3_vfs_find(nullptr);
  sqlite3_vfs& vfs = layer();
  // All other functions of the real one do not depend on the object they are called for.
  vfs = *base;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + base->szOsFile;
  vfs.zName = "faults";
  vfs.pAppData = base;
  vfs.pNext = nullptr;
  vfs.xOpen = open_file;
  sqlite3_vfs_register(&vfs, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&layer());
}

void FaultVfs::set_free_octets(long long octets) {
  faults().free_octets = octets;
}
void FaultVfs::set_flushes(long long count) {
  faults().flushes = count;
}
long long FaultVfs::failures() const {
  return faults().failures;
}

}  // namespace restante::storage::testing
