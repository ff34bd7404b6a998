#include "map/kernels/block_scratch.hpp"

#include <algorithm>

namespace residua {
namespace {

using V = NativePack;

}  // namespace

double* BlockScratch::take(int rows) {
  buffers_.emplace_back(static_cast<std::size_t>(rows) * block_points<V>);
  return buffers_.back().data();
}

BlockScratch::BlockScratch(const MapView& map) {
  const int channels = map.jets.channels;
  memory_.embedding = take(channels * map.embedding.features_padded);
  int widest = 0;
  for (int l = 0; l < map.count; ++l) {
    const LayerView& layer = map.layers[l];
    const int rows = channels * layer.out_padded;
    LayerValues values;
    values.z = take(rows);
    values.y = layer.linear ? values.z : take(rows);
    values.kept = take(layer.kept * layer.out_padded);
    if (layer.merge != Merge::none) values.merged = take(rows);
    if (map.branched()) bars_.push_back(take(rows));
    layers_.push_back(values);
    widest = std::max({widest, layer.in_padded, layer.out_padded});
  }
  memory_.layers = layers_.data();
  memory_.bars = bars_.data();
  for (double*& bar : memory_.bar) bar = take(channels * widest);
  memory_.turned = take(channels * widest);
  memory_.work = take(jet_work<V>(map.jets) / block_points<V>);
  memory_.inputs = take(map.coordinates + map.data_channels + map.network_channels());
  memory_.outputs = take(map.program.outputs);
  memory_.registers = take(map.program.registers);
}

}  // namespace residua
