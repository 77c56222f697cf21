#include "tools/quantize/quantize.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "src/gguf/quote.h"
#include "src/gguf/reader.h"
#include "src/gguf/splits.h"
#include "tools/quantize/codec.h"
#include "tools/quantize/gguf_writer.h"
#include "tools/quantize/recipe.h"
#include "tools/quantize/tensor_writer.h"
#include "tools/quantize/type_options.h"

namespace wasmchord::tools {
namespace {

constexpr std::string_view kSplitKeys[] = {"split.no", "split.count", "split.tensors.count"};
constexpr std::string_view kFileTypeKey = "general.file_type";
constexpr std::string_view kVersionKey = "general.quantization_version";
constexpr uint32_t kQuantizationVersion = 2;  // of the block layouts

void require(const Status& status) {
  if (!status) throw std::runtime_error(status.message());
}

// The tensors in the order in which their data comes, with what becomes of each.
struct Plan : OutputPlan {
  std::vector<const gguf::TensorInfo*> sources;
};

void refuse_conversion(const gguf::TensorInfo& source, DType to, bool allow_requantize) {
  const std::string from(dtype_info(source.dtype).name);
  const std::string what = "tensor " + gguf::quote(source.name) + " of type " + from;
  if (!can_decode(source.dtype)) throw std::runtime_error(what + " cannot be read: there is no decoder for " + from);
  if (is_quantized(source.dtype) && !allow_requantize) {
    throw std::runtime_error(what + " is quantized already; making it " + std::string(dtype_info(to).name) +
                             " loses quality twice (--allow-requantize does it all the same)");
  }
}

void add_tensor(const gguf::TensorInfo& source, const TypeChooser& chooser, bool allow_requantize, Plan* plan) {
  bool fell_back = false;
  const DType to = chooser.choose(source.name, source.shape, &fell_back).value_or(source.dtype);
  if (to != source.dtype) refuse_conversion(source, to, allow_requantize);
  plan->add(std::string(source.name), source.shape, source.dtype, to, fell_back);
  plan->sources.push_back(&source);
}

Plan make_plan(const gguf::Header& header, const Recipe& recipe, const QuantizeOptions& options) {
  const TypeChooser chooser(recipe, model_facts(header), require_overrides(options));
  std::vector<const gguf::TensorInfo*> order;
  for (const gguf::TensorInfo& tensor : header.tensors) order.push_back(&tensor);
  std::ranges::stable_sort(order, [](const gguf::TensorInfo* a, const gguf::TensorInfo* b) {
    return a->split != b->split ? a->split < b->split : a->offset < b->offset;
  });
  Plan plan;
  for (const gguf::TensorInfo* tensor : order) add_tensor(*tensor, chooser, options.allow_requantize, &plan);
  return plan;
}

gguf::Value u32_value(uint32_t number) {
  gguf::Value value;
  value.type = gguf::ValueType::kU32;
  value.u = number;
  return value;
}

// The keys of the input in their order, without those of a split file and with those that a quantised file must have.
std::vector<gguf::Metadata::Entry> output_metadata(const gguf::Header& header, FileType file_type) {
  std::vector<gguf::Metadata::Entry> entries;
  for (const gguf::Metadata::Entry& entry : header.metadata.entries()) {
    if (std::ranges::find(kSplitKeys, entry.key) == std::end(kSplitKeys)) entries.push_back(entry);
  }
  const auto set = [&entries](std::string_view key, uint32_t number) {
    auto found = std::ranges::find(entries, key, &gguf::Metadata::Entry::key);
    if (found == entries.end()) found = entries.insert(found, {key, {}});
    found->value = u32_value(number);
  };
  set(kFileTypeKey, static_cast<uint32_t>(file_type));
  set(kVersionKey, kQuantizationVersion);
  return entries;
}

// Writes each tensor as it comes from the reader.
class Rewriter : public gguf::TensorSink {
 public:
  Rewriter(const Plan& plan, GgufWriter* out, uint32_t n_threads, const QuantizeProgress& progress)
      : plan_(plan), writer_(plan, out, n_threads, progress) {}

  bool complete() const { return writer_.complete(); }

  Status on_header(std::shared_ptr<const gguf::Header>) override { return Status::ok(); }
  Status on_split_header(std::shared_ptr<const gguf::Header>, uint32_t) override { return Status::ok(); }

  Status on_data(const gguf::TensorInfo& info, uint64_t, std::span<const std::byte> bytes, bool big_endian) override {
    if (complete() || plan_.sources[next_]->name != info.name || plan_.sources[next_]->n_bytes != bytes.size()) {
      return {Code::kIo, "the file changed while it was read"};
    }
    const uint64_t piece = chunk_bytes(info.dtype);
    for (uint64_t at = 0; at < bytes.size(); at += piece) {
      const auto part = bytes.subspan(at, std::min<uint64_t>(piece, bytes.size() - at));
      WC_TRY(rewrite(info, part, big_endian));
      drop_pages(part);
      writer_.advance(part.size());
    }
    writer_.end_tensor();
    ++next_;
    return Status::ok();
  }

 private:
  Status rewrite(const gguf::TensorInfo& info, std::span<const std::byte> part, bool big_endian) {
    if (big_endian) {
      swapped_.assign(part.begin(), part.end());
      part = swapped_;
      const std::string type(dtype_info(info.dtype).name);
      if (!dtype_byteswap(info.dtype, swapped_.data(), part.size() / dtype_info(info.dtype).block_bytes)) {
        return {Code::kUnsupportedTensorType,
                "tensor " + gguf::quote(info.name) + " of type " + type + " cannot be read from a big-endian file"};
      }
    }
    return writer_.append(info.dtype, part);
  }

  const Plan& plan_;
  TensorWriter writer_;
  std::vector<std::byte> swapped_;
  size_t next_ = 0;
};

// The output would be safe, since it replaces the input only at the end, but then the original is lost.
void refuse_same_file(const QuantizeOptions& options, const gguf::Header& header) {
  const auto count = header.metadata.u32_or("split.count", 1);
  const uint32_t n_files = count ? std::max(count.value(), uint32_t{1}) : 1;
  for (uint32_t i = 0; i < n_files; ++i) {
    const std::string path = n_files == 1 ? options.input : gguf::split_path(options.input, i, n_files);
    std::error_code error;
    if (std::filesystem::equivalent(path, options.output, error)) {
      throw std::runtime_error(options.output + " is the input; name another file to write");
    }
  }
}

void write_head(const gguf::Header& header, const Plan& plan, FileType file_type, OutputFile* file,
                std::optional<GgufWriter>* out) {
  const auto metadata = output_metadata(header, file_type);
  // A file without the key has the default, whatever it was aligned to in other versions.
  const uint64_t alignment =
      header.metadata.has("general.alignment") ? header.alignment : GgufWriter::kDefaultAlignment;
  out->emplace(file, metadata.size(), plan.tensors.size(), alignment);
  for (const gguf::Metadata::Entry& entry : metadata) (*out)->value(entry.key, entry.value);
  (*out)->directory(plan.tensors);
}

}  // namespace

QuantizeReport quantize(const QuantizeOptions& options, const QuantizeProgress& progress) {
  const Recipe recipe = require_recipe(options.type);
  const auto header = gguf::read_header(options.input);
  require(header.status());
  Plan plan = make_plan(*header.value(), recipe, options);
  if (options.dry_run) return plan.report;
  refuse_same_file(options, *header.value());
  OutputFile file(options.output);
  std::optional<GgufWriter> out;
  write_head(*header.value(), plan, recipe.file_type, &file, &out);
  try {
    Rewriter rewriter(plan, &*out, options.threads, progress);
    require(gguf::read_file(options.input, &rewriter));
    if (!rewriter.complete()) throw std::runtime_error(options.input + " changed while it was read");
  } catch (const Ended&) {
    return plan.report;
  }
  file.commit();
  plan.report.file_bytes = file.position();
  return plan.report;
}

}  // namespace wasmchord::tools
