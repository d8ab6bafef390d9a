// The text of the help: the pages of resources/help, and one page for each study, written from its description alone.
#pragma once

#include <vector>

#include <QString>

#include "core/study.h"

namespace vitrine {

enum class HelpGroup { Guide, Study, Developer };

struct HelpPage {
  QString id;     ///< "projection", or "study:tsne"
  QString title;  ///< the first heading
  QString markdown;
  QString folder;  ///< where its pictures are looked for; empty for a study's page
  HelpGroup group = HelpGroup::Guide;
};

/// Summary, claim, paper, what one needs, and the table of parameters with defaults, ranges and help, as Markdown.
QString studyPage(const StudyInfo &study);
/// The pages for users in reading order, the studies, then the pages for developers.
std::vector<HelpPage> helpPages();

struct HelpHit {
  std::size_t page = 0;  ///< index into the pages
  int count = 0;
  QString excerpt;  ///< plain text around the first hit
};
/// Pages that hold every word of `text` (any case), most hits first; a hit in the title counts ten times.
std::vector<HelpHit> searchHelp(const std::vector<HelpPage> &pages, const QString &text);

}  // namespace vitrine
