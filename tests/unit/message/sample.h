// Reads the project's own sample messages.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::string sample(const std::string& name) {
  return read_file(std::filesystem::path(RESTANTE_SOURCE_DIR) / "tests" / "samples" /
                   (name + ".eml"));
}

inline std::vector<std::filesystem::path> all_samples() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(RESTANTE_SOURCE_DIR) / "tests" / "samples")) {
    if (entry.path().extension() == ".eml") paths.push_back(entry.path());
  }
  return paths;
}
