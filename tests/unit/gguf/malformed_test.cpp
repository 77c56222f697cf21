// The hostile files of tests/data/gguf-malformed at the level of the container. Files m_* are sound containers of
// unsound models; the model's own tests refuse those.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/gguf/reading.h"

namespace wasmchord {
namespace {

const std::string kFolder = std::string(WC_TEST_DATA_DIR) + "/gguf-malformed/";

const std::map<std::string, Code> kVerdicts = {
    {"data_trailing_garbage", Code::kOk},
    {"data_trunc_1", Code::kTruncated},
    {"hdr_bad_magic", Code::kBadMagic},
    {"hdr_legacy_fmgg", Code::kBadMagic},
    {"hdr_lfs_pointer", Code::kBadMagic},
    {"hdr_n_kv_2p40", Code::kBadCount},
    {"hdr_n_kv_2p61", Code::kBadCount},
    {"hdr_n_kv_2p63", Code::kBadCount},
    {"hdr_n_tensors_2p40", Code::kBadCount},
    {"hdr_n_tensors_2p61", Code::kBadCount},
    {"hdr_n_tensors_2p63", Code::kBadCount},
    {"hdr_n_tensors_minus1", Code::kBadCount},
    {"hdr_n_tensors_too_many", Code::kBadTensorName},  // reads the padding as a third entry
    {"hdr_trunc_15", Code::kTruncated},
    {"hdr_trunc_16", Code::kTruncated},
    {"hdr_trunc_4", Code::kTruncated},
    {"hdr_trunc_7", Code::kTruncated},
    {"hdr_version_1", Code::kBadTensorName},   // 64-bit counts under a version with 32-bit ones
    {"hdr_version_3000000", Code::kBadCount},  // little-endian counts under a big-endian version
    {"hdr_version_4", Code::kUnsupportedVersion},
    {"kv_align_0", Code::kBadAlignment},
    {"kv_align_1", Code::kBadAlignment},
    {"kv_align_2147483648", Code::kBadAlignment},
    {"kv_align_3", Code::kBadAlignment},
    {"kv_align_33", Code::kBadAlignment},
    {"kv_align_i32", Code::kWrongKeyType},
    // The manifest has the verdict of a reader without nested arrays; the format has them, and this one is sound.
    {"kv_arr_elem_type_9", Code::kOk},
    {"kv_arr_elem_type_ffffffff", Code::kBadValueType},
    {"kv_arr_f64_2p62", Code::kBadCount},
    {"kv_arr_nested_20000", Code::kBadNesting},
    {"kv_arr_str_2p40", Code::kBadCount},
    {"kv_arr_u64_2p61", Code::kBadCount},
    {"kv_arr_u8_2p63", Code::kBadCount},
    {"kv_arr_zero_len", Code::kOk},
    {"kv_dup_key", Code::kDuplicateKey},
    {"kv_key_len_2p48", Code::kBadString},
    {"kv_key_len_2p63", Code::kBadString},
    {"kv_key_len_2p64m1", Code::kBadString},
    {"kv_key_nul", Code::kBadString},
    {"kv_str_len_1g", Code::kBadString},
    {"kv_str_len_2p63", Code::kBadString},
    {"kv_str_len_eof_plus1", Code::kBadString},
    {"kv_trunc_value", Code::kTruncated},
    {"kv_type_7fffffff", Code::kBadValueType},
    {"kv_type_ffffffff", Code::kBadValueType},
    {"ok_align64", Code::kOk},
    {"ok_all_kv_types", Code::kOk},
    {"ok_empty", Code::kOk},
    {"ok_kv_only", Code::kOk},
    {"ok_v2", Code::kOk},
    {"ok_v3", Code::kOk},
    {"poc_llamacpp_25596", Code::kBadDimensions},
    {"t_n_dims_0", Code::kBadDimensions},
    {"t_n_dims_5", Code::kBadDimensions},
    {"t_name_1000", Code::kBadTensorName},
    {"t_name_empty", Code::kBadTensorName},
    {"t_name_len_2p64m1", Code::kBadTensorName},
    {"t_ne_2p42p1", Code::kTruncated},
    {"t_ne_mul_overflow", Code::kBadDimensions},
    {"t_ne_zero_1", Code::kBadDimensions},
    {"t_off_huge", Code::kBadOffset},
    {"t_off_unaligned", Code::kBadOffset},
    {"t_out_of_order", Code::kOk},
    {"t_row_not_block", Code::kBadDimensions},
    {"t_row_not_block_k", Code::kBadDimensions},
    {"t_sum_overflow", Code::kBadOffset},
    {"t_trunc_info", Code::kTruncated},
    {"t_type_1f", Code::kUnknownTensorType},
    {"t_type_21", Code::kUnknownTensorType},
    {"t_type_24", Code::kUnknownTensorType},
    {"t_type_25", Code::kUnknownTensorType},
    {"t_type_26", Code::kUnknownTensorType},
    {"t_type_4", Code::kUnknownTensorType},
    {"t_type_ffffffff", Code::kUnknownTensorType},
};

struct Entry {
  std::string stem;
  std::string expect;
};

// The value of `"name": "value",` where the line is such.
bool field(const std::string& line, const std::string& name, std::string* value) {
  const std::string start = "  \"" + name + "\": \"";
  if (line.compare(0, start.size(), start) != 0) return false;
  *value = line.substr(start.size(), line.rfind('"') - start.size());
  return true;
}

// The manifest is written with one field a line, "file" before "expect".
std::vector<Entry> manifest() {
  std::ifstream in(kFolder + "MANIFEST.json");
  std::vector<Entry> entries;
  std::string line, value;
  while (std::getline(in, line)) {
    if (field(line, "file", &value)) entries.push_back({value.substr(0, value.rfind('.')), ""});
    if (field(line, "expect", &value) && !entries.empty()) entries.back().expect = value;
  }
  return entries;
}

Code expected_code(const std::string& stem) {
  if (const auto found = kVerdicts.find(stem); found != kVerdicts.end()) return found->second;
  return stem.compare(0, 2, "m_") == 0 ? Code::kOk : Code::kInternal;
}

TEST(GgufMalformedTest, EveryFileGetsItsVerdictEveryWay) {
  const auto entries = manifest();
  ASSERT_EQ(entries.size(), 136u);
  for (const Entry& entry : entries) {
    SCOPED_TRACE(entry.stem);
    const Code code = expected_code(entry.stem);
    const std::string path = kFolder + entry.stem + ".gguf";
    const auto mapped = test::read_mapped(path);
    EXPECT_EQ(mapped.status.code(), code) << mapped.status.message();
    const test::Bytes bytes = test::read_bytes(path);
    // The larger files are sound containers with the same kinds of items as the small ones.
    for (const auto& chunker : {test::whole(), test::fixed(bytes.size() < 4096 ? 1 : 100), test::random_sizes(9)}) {
      const auto pushed = test::push(bytes, chunker, true);
      EXPECT_EQ(pushed.status.code(), code) << pushed.status.message();
      EXPECT_EQ(pushed.log, mapped.log);
    }
    // Without the length a string may wait for bytes that never come.
    const auto unknown = test::push(bytes, test::fixed(70), false).status;
    EXPECT_EQ(unknown.is_ok(), code == Code::kOk) << unknown.message();
  }
}

TEST(GgufMalformedTest, TableAgreesWithTheManifest) {
  size_t n_known = 0;
  for (const Entry& entry : manifest()) {
    const bool accepted = expected_code(entry.stem) == Code::kOk;
    n_known += kVerdicts.count(entry.stem);
    if (entry.stem.compare(0, 2, "m_") == 0 || entry.stem == "kv_arr_elem_type_9") continue;
    EXPECT_NE(expected_code(entry.stem), Code::kInternal) << entry.stem << " has no verdict here";
    if (entry.expect == "accept" || entry.expect == "reject") {
      EXPECT_EQ(accepted, entry.expect == "accept") << entry.stem;
    }
  }
  EXPECT_EQ(n_known, kVerdicts.size());
}

}  // namespace
}  // namespace wasmchord
