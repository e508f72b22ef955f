#include "plan.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

#include "pool.hpp"
#include "winograd.hpp"

namespace cef::model::onednn {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

namespace {

/// Two layouts are one but for their element type.
memory::desc retyped(memory::desc desc, Type type) {
  desc.data.data_type = dnnl::memory::convert_to_c(type);
  return desc;
}

bool is_byte(const memory::desc& desc) {
  return desc.data_type() == Type::u8 || desc.data_type() == Type::s8;
}

struct Step {
  dnnl::primitive primitive;
  std::unordered_map<int, memory> arguments;
  int made = -1;                   ///< the value that is complete after this step
  std::function<void()> own = {};  ///< instead of a primitive
};

}  // namespace

struct Plan::Impl {
  Impl(PlanContext c, const PlanShape& shape) : context(c), pool(c.engine) {
    const memory::desc input({static_cast<memory::dim>(shape.count), 3, shape.height, shape.width}, Type::f32,
                             Tag::nchw);
    values[0] = {memory(input, context.engine, nullptr), 1};
    count_readers();
    for (std::size_t i = 0; i < context.layers.size(); ++i) {
      append(i);
      release_read_values(i);
    }
    output = plain(values.at(context.layers.back().fused.op.output));
  }

  void count_readers() {
    for (std::size_t i = 0; i < context.layers.size(); ++i) {
      const FusedOp& fused = context.layers[i].fused;
      for (const int value : {fused.op.input, fused.op.other, fused.residual}) {
        last_reader[value] = i;
      }
    }
  }
  void release_read_values(std::size_t index) {
    for (auto value = values.begin(); value != values.end();) {
      const auto reader = last_reader.find(value->first);
      const bool over = value->first != 0 && reader != last_reader.end() && reader->second == index;
      if (over && !taken_over.contains(value->first)) {
        pool.give_back(value->second.memory);
      }
      value = over ? values.erase(value) : std::next(value);
    }
    for (const auto& temporary : temporaries) {
      pool.give_back(temporary);
    }
    temporaries.clear();
  }

  void append(std::size_t index) {
    const Layer& layer = context.layers[index];
    switch (layer.fused.op.kind) {
      case OpKind::convolution:
        return append_convolution(index);
      case OpKind::linear:
        return append_linear(index);
      case OpKind::max_pool:
        return append_max_pool(layer.fused.op);
      case OpKind::global_average_pool:
        return append_average_pool(layer.fused.op);
      case OpKind::multiply:
        return append_multiply(layer.fused.op);
      case OpKind::add:
        return append_add(layer.fused.op);
      default:
        throw std::logic_error("an operation was left that this engine does not run");
    }
  }

  void push(const dnnl::primitive& primitive, std::unordered_map<int, memory> arguments, int made = -1) {
    steps.push_back({primitive, std::move(arguments), made, {}});
  }

  /// `value` in the wanted layout and type; `factor` turns stored numbers into stored numbers.
  memory in_layout(const memory& value, const memory::desc& wanted, float factor = 1) {
    if (value.get_desc() == wanted && factor == 1.0F) {
      return value;
    }
    const memory copy = pool.take(wanted);
    temporaries.push_back(copy);
    dnnl::primitive_attr attributes;
    if (factor != 1.0F) {
      attributes.set_output_scales(0, {factor});
    }
    push(dnnl::reorder(
             dnnl::reorder::primitive_desc(context.engine, value.get_desc(), context.engine, wanted, attributes)),
         {{DNNL_ARG_FROM, value}, {DNNL_ARG_TO, copy}});
    return copy;
  }
  memory plain(const Value& value) {
    const auto dims = value.memory.get_desc().dims();
    const memory::desc wanted(dims, Type::f32, dims.size() == 4 ? Tag::nchw : Tag::nc);
    return in_layout(value.memory, wanted, is_byte(value.memory.get_desc()) ? value.scale : 1);
  }

  /// Whether a layer's product is made of bytes.
  [[nodiscard]] bool quantised(const Layer& layer) const { return !layer.quantised.empty(); }
  [[nodiscard]] Type float_type() const { return context.precision == Precision::bf16 ? Type::bf16 : Type::f32; }

  /// How the value that a layer makes is stored: bytes where its range is known.
  struct Stored {
    Type type;
    float scale;
  };
  [[nodiscard]] Stored stored(int value) const {
    const auto index = static_cast<std::size_t>(value);
    if (context.precision != Precision::int8 || index >= context.ranges.size()) {
      return {float_type(), 1};
    }
    const ValueRange range = context.ranges[index];
    if (range.low >= 0) {
      return {Type::u8, std::max(range.high, 1e-6F) / 255};
    }
    return {Type::s8, std::max(-range.low, range.high) / 127};
  }

  memory packed(std::size_t index, const memory::desc& wanted, const memory::dims& dims, Tag tag) {
    auto& versions = context.packed[index];
    for (const auto& version : versions) {
      if (version.get_desc() == wanted) {
        return version;
      }
    }
    Layer& layer = context.layers[index];
    const bool bytes = quantised(layer);
    memory from;
    if (!layer.weights.empty() || bytes) {
      void* data = bytes ? static_cast<void*>(layer.quantised.data()) : static_cast<void*>(layer.weights.data());
      from = memory({dims, bytes ? Type::s8 : Type::f32, tag}, context.engine, data);
    } else {
      from = versions.front();
    }
    memory to(wanted, context.engine);
    dnnl::reorder(from, to).execute(context.stream, from, to);
    context.stream.wait();
    versions.push_back(to);
    layer.weights = {};  // what another plan may want it makes of the packed ones
    return to;
  }
  [[nodiscard]] memory bias_of(const std::vector<float>& bias) const {
    const memory::desc desc({static_cast<memory::dim>(bias.size())}, Type::f32, Tag::a);
    memory made(desc, context.engine);
    std::copy(bias.begin(), bias.end(), static_cast<float*>(made.get_data_handle()));
    return made;
  }

  static void append_activation(dnnl::post_ops& after, Activation activation) {
    switch (activation) {
      case Activation::relu:
        after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
        break;
      case Activation::silu:
        after.append_eltwise(1, dnnl::algorithm::eltwise_swish, 1, 0);
        break;
      case Activation::sigmoid:
        after.append_eltwise(1, dnnl::algorithm::eltwise_logistic, 0, 0);
        break;
      case Activation::none:
        break;
    }
  }

  struct Convolution;
  [[nodiscard]] Convolution convolution_of(const Layer& layer) const;
  memory destination(const FusedOp& fused, const memory::desc& desc);
  void append_convolution(std::size_t index);
  memory winograd_weights_of(std::size_t index);
  void append_winograd(std::size_t index);
  void append_linear(std::size_t index);

  void append_max_pool(const Op& op) {
    const Value source = values.at(op.input);
    auto dims = source.memory.get_desc().dims();
    for (std::size_t d = 2; d < 4; ++d) {
      dims[d] = (dims[d] + 2 * op.padding - op.kernel) / op.stride + 1;
    }
    const dnnl::pooling_forward::desc desc(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_max, source.memory.get_desc(),
        memory::desc(dims, source.memory.get_desc().data_type(), Tag::any), {op.stride, op.stride},
        {op.kernel, op.kernel}, {op.padding, op.padding}, {op.padding, op.padding});
    const dnnl::pooling_forward::primitive_desc made(desc, context.engine);
    const memory to = pool.take(made.dst_desc());
    push(dnnl::pooling_forward(made), {{DNNL_ARG_SRC, source.memory}, {DNNL_ARG_DST, to}}, op.output);
    values[op.output] = {to, source.scale};
  }
  void append_average_pool(const Op& op) {
    const Value source = values.at(op.input);
    const memory::desc from = source.memory.get_desc();
    const memory floats =
        is_byte(from) ? in_layout(source.memory, retyped(from, Type::f32), source.scale) : source.memory;
    const auto dims = from.dims();
    const dnnl::pooling_forward::desc desc(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_avg_exclude_padding, floats.get_desc(),
        memory::desc({dims[0], dims[1], 1, 1}, floats.get_desc().data_type(), Tag::any), {dims[2], dims[3]},
        {dims[2], dims[3]}, {0, 0}, {0, 0});
    const dnnl::pooling_forward::primitive_desc made(desc, context.engine);
    const memory to = pool.take(made.dst_desc());
    push(dnnl::pooling_forward(made), {{DNNL_ARG_SRC, floats}, {DNNL_ARG_DST, to}}, op.output);
    values[op.output] = {to, 1};
  }
  void append_multiply(const Op& op) {
    const Value source = values.at(op.input);
    const Value factors = values.at(op.other);
    const memory::desc desc = source.memory.get_desc();
    const dnnl::binary::desc multiply(dnnl::algorithm::binary_mul, desc, factors.memory.get_desc(), desc);
    const dnnl::binary::primitive_desc made(multiply, context.engine);
    const memory to = pool.take(made.dst_desc());
    push(dnnl::binary(made), {{DNNL_ARG_SRC_0, source.memory}, {DNNL_ARG_SRC_1, factors.memory}, {DNNL_ARG_DST, to}},
         op.output);
    values[op.output] = {to, 1};
  }

  /// One that no convolution before it takes as its residual.
  void append_add(const Op& op) {
    const auto floats = [this](const Value& value) {
      const memory::desc from = value.memory.get_desc();
      return is_byte(from) ? in_layout(value.memory, retyped(from, Type::f32), value.scale) : value.memory;
    };
    const memory first = floats(values.at(op.input));
    const memory second = in_layout(floats(values.at(op.other)), first.get_desc(), 1);
    const dnnl::binary::desc add(dnnl::algorithm::binary_add, first.get_desc(), first.get_desc(), first.get_desc());
    const dnnl::binary::primitive_desc made(add, context.engine);
    const memory to = pool.take(made.dst_desc());
    push(dnnl::binary(made), {{DNNL_ARG_SRC_0, first}, {DNNL_ARG_SRC_1, second}, {DNNL_ARG_DST, to}}, op.output);
    values[op.output] = {to, 1};
  }

  PlanContext context;
  Pool pool;
  std::map<int, Value> values;
  std::map<int, std::size_t> last_reader;
  std::set<int> taken_over;  ///< values whose memory another value took
  std::vector<memory> temporaries;
  std::vector<Step> steps;
  memory output;
};

/// The sizes of a convolution, its types and what is done to its sums.
struct Plan::Impl::Convolution {
  memory::dims in, out, weights;
  Type in_type, weight_type;
  Stored result;
  dnnl::primitive_attr attributes;
  std::vector<float> bias;

  [[nodiscard]] dnnl::convolution_forward::primitive_desc describe(const Op& op, const dnnl::engine& engine) const {
    const dnnl::convolution_forward::desc desc(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, memory::desc(in, in_type, Tag::any),
        memory::desc(weights, weight_type, Tag::any), memory::desc({op.out_channels}, Type::f32, Tag::a),
        memory::desc(out, result.type, Tag::any), {op.stride, op.stride}, {op.padding, op.padding},
        {op.padding, op.padding});
    return {desc, attributes, engine};
  }
};

Plan::Impl::Convolution Plan::Impl::convolution_of(const Layer& layer) const {
  const Op& op = layer.fused.op;
  const bool bytes = quantised(layer);
  const Value& source = values.at(op.input);
  const auto in = source.memory.get_desc().dims();
  const auto after = [&](memory::dim size) { return (size + 2 * op.padding - op.kernel) / op.stride + 1; };
  const memory::dim groups = op.groups;
  Convolution c{in,
                {in[0], op.out_channels, after(in[2]), after(in[3])},
                {op.out_channels, op.in_channels, op.kernel, op.kernel},
                bytes ? source.memory.get_desc().data_type() : float_type(),
                bytes ? Type::s8 : float_type(),
                bytes ? stored(op.output) : Stored{float_type(), 1},
                {},
                layer.bias};
  if (groups > 1) {
    c.weights = {groups, op.out_channels / groups, op.in_channels / groups, op.kernel, op.kernel};
  }
  dnnl::post_ops after_it;
  if (bytes) {  // sums, and the bias among them, are in units of source scale × weight scale
    std::vector<float> scales(layer.scales.size());
    for (std::size_t k = 0; k < scales.size(); ++k) {
      scales[k] = source.scale * layer.scales[k] / c.result.scale;
      c.bias[k] /= source.scale * layer.scales[k];
    }
    c.attributes.set_output_scales(2, scales);
  }
  if (layer.fused.residual >= 0) {
    const Value& residual = values.at(layer.fused.residual);
    after_it.append_sum(bytes ? residual.scale / c.result.scale : 1.0F, 0,
                        bytes ? residual.memory.get_desc().data_type() : Type::undef);
  }
  append_activation(after_it, layer.fused.activation);
  c.attributes.set_post_ops(after_it);
  return c;
}

/// Where a convolution writes: over the value that it adds to, when nothing else reads that.
memory Plan::Impl::destination(const FusedOp& fused, const memory::desc& desc) {
  if (fused.residual < 0) {
    return pool.take(desc);
  }
  const memory residual = values.at(fused.residual).memory;
  const memory::desc wanted = retyped(desc, residual.get_desc().data_type());
  if (fused.last_use && fused.residual != 0 && residual.get_desc() == wanted) {
    taken_over.insert(fused.residual);
    return {desc, context.engine, residual.get_data_handle()};
  }
  memory to = pool.take(desc);
  memory copy(wanted, context.engine, to.get_data_handle());
  push(dnnl::reorder(residual, copy), {{DNNL_ARG_FROM, residual}, {DNNL_ARG_TO, copy}});
  return to;
}

void Plan::Impl::append_convolution(std::size_t index) {
  Layer& layer = context.layers[index];
  const FusedOp& fused = layer.fused;
  const Op& op = fused.op;
  const auto size = values.at(op.input).memory.get_desc().dims();
  if (context.precision == Precision::fp32 && uses_winograd() && suits_winograd(fused, size[2], size[3])) {
    return append_winograd(index);
  }
  const Convolution c = convolution_of(layer);
  const auto made = c.describe(op, context.engine);
  const memory from = in_layout(values.at(op.input).memory, made.src_desc());
  const memory to = destination(fused, made.dst_desc());
  push(dnnl::convolution_forward(made),
       {{DNNL_ARG_SRC, from},
        {DNNL_ARG_WEIGHTS, packed(index, made.weights_desc(), c.weights, op.groups > 1 ? Tag::goihw : Tag::oihw)},
        {DNNL_ARG_BIAS, bias_of(c.bias)},
        {DNNL_ARG_DST, to}},
       op.output);
  values[op.output] = {to, c.result.scale};
  if (context.precision == Precision::int8 && !quantised(layer)) {  // the stem stays fp32, its result does not
    const Stored next = stored(op.output);
    const memory rounded = in_layout(to, memory::desc(c.out, next.type, Tag::nhwc), 1 / next.scale);
    temporaries.back() = to;
    values[op.output] = {rounded, next.scale};
  }
}

memory Plan::Impl::winograd_weights_of(std::size_t index) {
  const auto known = context.transformed.find(index);
  if (known != context.transformed.end()) {
    return known->second;
  }
  const Layer& layer = context.layers[index];
  const Op& op = layer.fused.op;
  const memory::dims dims = {op.out_channels, op.in_channels, op.kernel, op.kernel};
  // The layer's own weights stay, for plans of other sizes; where one packed them away already, they are unpacked.
  const memory unpacked =
      layer.weights.empty() ? packed(index, {dims, Type::f32, Tag::oihw}, dims, Tag::oihw) : memory();
  memory kept({{static_cast<memory::dim>(k_winograd_points) * op.out_channels * op.in_channels}, Type::f32, Tag::a},
              context.engine);
  winograd_weights(layer.weights.empty() ? static_cast<const float*>(unpacked.get_data_handle()) : layer.weights.data(),
                   static_cast<std::size_t>(op.in_channels), static_cast<std::size_t>(op.out_channels),
                   static_cast<float*>(kept.get_data_handle()));
  return context.transformed.emplace(index, kept).first->second;
}

void Plan::Impl::append_winograd(std::size_t index) {
  const Layer& layer = context.layers[index];
  const FusedOp& fused = layer.fused;
  const Op& op = fused.op;
  auto dims = values.at(op.input).memory.get_desc().dims();
  const auto images = static_cast<std::size_t>(dims[0]);
  const WinogradShape shape{static_cast<std::size_t>(op.in_channels), static_cast<std::size_t>(op.out_channels),
                            static_cast<std::size_t>(dims[2]), static_cast<std::size_t>(dims[3])};
  const memory from = in_layout(values.at(op.input).memory, {dims, Type::f32, Tag::nChw8c});
  dims[1] = op.out_channels;
  const memory to = destination(fused, {dims, Type::f32, Tag::nChw8c});
  const memory weights = winograd_weights_of(index);
  const memory bias = bias_of(layer.bias);
  const auto room = [&](std::size_t channels) {
    const auto floats = static_cast<memory::dim>(k_winograd_points * shape.tiles() * channels);
    temporaries.push_back(pool.take({{floats}, Type::f32, Tag::a}));
    return static_cast<float*>(temporaries.back().get_data_handle());
  };
  const WinogradRoom rooms{room(shape.in_channels), room(shape.out_channels)};
  const auto own = [=, relu = fused.activation == Activation::relu, add = fused.residual >= 0] {
    const auto floats = [](const memory& of) { return static_cast<float*>(of.get_data_handle()); };
    winograd_run(shape, images, floats(from), floats(weights), {floats(bias), add, relu}, rooms, floats(to));
  };
  steps.push_back({{}, {{DNNL_ARG_DST, to}}, op.output, own});
  values[op.output] = {to, 1};
}

void Plan::Impl::append_linear(std::size_t index) {
  const Op& op = context.layers[index].fused.op;
  const Value& source = values.at(op.input);
  const auto count = source.memory.get_desc().dims()[0];
  const memory::desc flat({count, op.in_channels}, float_type(), Tag::nc);
  const memory laid = in_layout(source.memory, memory::desc({count, op.in_channels, 1, 1}, float_type(), Tag::nchw));
  const memory from(flat, context.engine, laid.get_data_handle());
  const memory::dims shape = {op.out_channels, op.in_channels};
  const dnnl::inner_product_forward::desc desc(
      dnnl::prop_kind::forward_inference, flat, memory::desc(shape, float_type(), Tag::any),
      memory::desc({op.out_channels}, Type::f32, Tag::a), memory::desc({count, op.out_channels}, Type::f32, Tag::nc));
  const dnnl::inner_product_forward::primitive_desc made(desc, context.engine);
  const memory to = pool.take(made.dst_desc());
  push(dnnl::inner_product_forward(made),
       {{DNNL_ARG_SRC, from},
        {DNNL_ARG_WEIGHTS, packed(index, made.weights_desc(), shape, Tag::oi)},
        {DNNL_ARG_BIAS, bias_of(context.layers[index].bias)},
        {DNNL_ARG_DST, to}},
       op.output);
  values[op.output] = {to, 1};
}

Plan::Plan(PlanContext context, const PlanShape& shape) : impl_(std::make_unique<Impl>(context, shape)) {}
Plan::~Plan() = default;

std::size_t Plan::bytes() const {
  return impl_->pool.bytes();
}

std::vector<float> Plan::run(std::span<const float> input, const Watcher& watch) {
  auto& stream = impl_->context.stream;
  // The handle may not be const; no step writes the input.
  impl_->values.at(0).memory.set_data_handle(const_cast<float*>(input.data()));
  for (const auto& step : impl_->steps) {
    if (step.own) {
      step.own();
    } else {
      step.primitive.execute(stream, step.arguments);
    }
    if (watch && step.made >= 0) {
      memory from = step.arguments.at(DNNL_ARG_DST);
      const auto dims = from.get_desc().dims();
      memory to({dims, Type::f32, dims.size() == 4 ? Tag::nchw : Tag::nc}, impl_->context.engine);
      dnnl::reorder(from, to).execute(stream, from, to);
      stream.wait();
      std::size_t elements = 1;
      for (const auto d : dims) {
        elements *= static_cast<std::size_t>(d);
      }
      watch(step.made, std::span(static_cast<const float*>(to.get_data_handle()), elements));
    }
  }
  stream.wait();
  const auto* logits = static_cast<const float*>(impl_->output.get_data_handle());
  return {logits, logits + impl_->output.get_desc().get_size() / sizeof(float)};
}

}  // namespace cef::model::onednn
