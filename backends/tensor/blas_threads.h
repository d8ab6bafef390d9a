// The pool of OpenBLAS, for tensor's own use.
#pragma once

#include <string>

namespace vitrine::tensor {

int blasThreads();       ///< 0 = the BLAS does not tell
std::string blasName();  ///< "OpenBLAS 0.3.21 ... Cooperlake", empty if the BLAS does not tell
void setBlasThreads(int threads);

}  // namespace vitrine::tensor
