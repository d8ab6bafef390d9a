#include "app/gui/versions.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
}
#include <vtkVersionMacros.h>
#include <opencv2/core/version.hpp>

#include "tensor/device.h"

namespace vitrine {

Versions versions() {
  return {{QStringLiteral("Vitrine"), QStringLiteral(VITRINE_VERSION)},
          {QStringLiteral("Qt"), QString::fromLatin1(qVersion())},
          {QStringLiteral("VTK"), QStringLiteral(VTK_VERSION)},
          {QStringLiteral("OpenCV"), QStringLiteral(CV_VERSION)},
          {QStringLiteral("FFmpeg"), QString::fromLatin1(av_version_info())},
          {QStringLiteral("Devices"), QString::fromStdString(tensor::describeDevices()).trimmed().replace(QLatin1Char('\n'), QStringLiteral(", "))}};
}

}  // namespace vitrine
