#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/diagnosis/bundle.h"
#include "common/options/option.h"
#include "common/options/values.h"

namespace outhaul::diagnosis {

/// The group of output_option() on help pages.
inline constexpr std::string_view archive_group = "Archive";

/// The option `output` of a command that writes a bundle; `program` begins the default name.
options::Option output_option(const std::string& program);

/// Writes the bundle as PROGRAM-diag-HOST-TIME.tar.gz, or as the option says, in mode 0600; a file
/// that exists is not written over. Returns what to print: the list, and the file's name.
Result<std::string> write_bundle(const Bundle& bundle, const std::string& program,
                                 const options::Values& values);

}  // namespace outhaul::diagnosis
