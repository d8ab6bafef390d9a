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
      {"projection", "Projection", "projection", {"projection"}, makeProjectionViewer},
      {"maps", "Maps side by side", "projection", {"maps"}, makeMapsViewer},
      {"attention", "Attention", "attention", {"attention"}, makeAttentionViewer},
      {"images", "Images", "image", {"images"}, makeImagesViewer},
      {"video", "Video", "film", {"video"}, makeVideoViewer},
      {"workshop", "Prototype workshop", "projection", {"prototypes"}, makeWorkshopViewer},
      {"parts", "Parts that look alike", "image", {"parts"}, makePartsViewer},
      {"curve", "Curve", "curve", {"curve"}, makeCurveViewer},
      {"table", "Table", "table", {"table", "embedding"}, makeTableViewer},
  };
  return all;
}

const ViewerInfo *viewerFor(const std::string &kind) {
  const auto found = std::find_if(viewers().begin(), viewers().end(),
                                  [&](const ViewerInfo &info) { return std::find(info.kinds.begin(), info.kinds.end(), kind) != info.kinds.end(); });
  return found == viewers().end() ? nullptr : &*found;
}

}  // namespace vitrine
