// The one list of viewers; the first that accepts a kind is its default.
#include <algorithm>

#include "viewers/attention/attention_viewer.h"
#include "viewers/curve/curve_viewer.h"
#include "viewers/images/images_viewer.h"
#include "viewers/projection/maps_viewer.h"
#include "viewers/projection/projection_viewer.h"
#include "viewers/prototypes/parts_viewer.h"
#include "viewers/prototypes/workshop_viewer.h"
#include "viewers/table/table_viewer.h"
#include "viewers/video/video_viewer.h"

namespace vitrine {

const std::vector<ViewerInfo> &viewers() {
  static const std::vector<ViewerInfo> all = {
      {"projection", "Projection", "projection", "projection", {"projection"}, makeProjectionViewer},
      {"maps", "Maps side by side", "projection", "projection", {"maps"}, makeMapsViewer},
      {"attention", "Attention", "attention", "attention", {"attention"}, makeAttentionViewer},
      {"images", "Images", "image", "data", {"images"}, makeImagesViewer},
      {"video", "Video", "film", "video", {"video"}, makeVideoViewer},
      {"workshop", "Prototype workshop", "projection", "prototypes", {"prototypes"}, makeWorkshopViewer},
      {"parts", "Parts that look alike", "image", "prototypes", {"parts"}, makePartsViewer},
      {"curve", "Curve", "curve", "exporting", {"curve"}, makeCurveViewer},
      {"table", "Table", "table", "data", {"table", "embedding"}, makeTableViewer},
  };
  return all;
}

const ViewerInfo *viewerFor(const std::string &kind) {
  const auto found = std::find_if(viewers().begin(), viewers().end(),
                                  [&](const ViewerInfo &info) { return std::find(info.kinds.begin(), info.kinds.end(), kind) != info.kinds.end(); });
  return found == viewers().end() ? nullptr : &*found;
}

}  // namespace vitrine
