#include "gateway/rest_target.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

using Action = RestTarget::Action;

struct Known {
  const char* method;
  const char* path;
  Action action;
  const char* model = "";
  std::optional<Version> version{};
};

void PrintTo(const Known& known, std::ostream* out) { *out << known.method << ' ' << known.path; }

class KnownTarget : public ::testing::TestWithParam<Known> {};

TEST_P(KnownTarget, IsFound) {
  const auto& [method, path, action, model, version] = GetParam();
  const auto target = find_rest_target(method, path);
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->action, action);
  EXPECT_EQ(target->model, model);
  EXPECT_EQ(target->version, version);
}

INSTANTIATE_TEST_SUITE_P(
    All, KnownTarget,
    ::testing::Values(Known{"POST", "/v1/models/m:predict", Action::kTfsPredict, "m"},
                      Known{"POST", "/v1/models/m/versions/7:predict", Action::kTfsPredict, "m", 7},
                      Known{"POST", "/v1/models/m/versions/0:predict", Action::kTfsPredict, "m"},
                      Known{"GET", "/v1/models/m", Action::kTfsStatus, "m"},
                      Known{"GET", "/v1/models/m/versions/7", Action::kTfsStatus, "m", 7},
                      Known{"GET", "/v1/models/m/metadata", Action::kTfsMetadata, "m"},
                      Known{"GET", "/v1/models/m/versions/7/metadata", Action::kTfsMetadata, "m", 7},
                      Known{"POST", "/v2/models/m/infer", Action::kKserveInfer, "m"},
                      Known{"POST", "/v2/models/m/versions/7/infer", Action::kKserveInfer, "m", 7},
                      Known{"GET", "/v2/models/m", Action::kKserveModelMetadata, "m"},
                      Known{"GET", "/v2/models/m/versions/7", Action::kKserveModelMetadata, "m", 7},
                      Known{"GET", "/v2/models/m/ready", Action::kKserveModelReady, "m"},
                      Known{"GET", "/v2/models/m/versions/7/ready", Action::kKserveModelReady, "m", 7},
                      Known{"GET", "/v2/models/my.model-1_x/ready", Action::kKserveModelReady, "my.model-1_x"},
                      Known{"GET", "/v2/health/live", Action::kServerLive},
                      Known{"GET", "/v2/health/ready", Action::kServerReady}));

struct Other {
  const char* method;
  const char* path;
};

void PrintTo(const Other& other, std::ostream* out) { *out << other.method << ' ' << other.path; }

class OtherTarget : public ::testing::TestWithParam<Other> {};

// The full table of routes judges those.
TEST_P(OtherTarget, IsLeftToOthers) { EXPECT_FALSE(find_rest_target(GetParam().method, GetParam().path).has_value()); }

INSTANTIATE_TEST_SUITE_P(
    All, OtherTarget,
    ::testing::Values(
        Other{"GET", "/"}, Other{"GET", ""}, Other{"GET", "/metrics"}, Other{"GET", "/v1/config"},
        Other{"POST", "/v1/config/reload"}, Other{"GET", "/v2"}, Other{"POST", "/v2/health/live"},
        Other{"HEAD", "/v2/health/live"}, Other{"OPTIONS", "/v1/models/m:predict"},
        Other{"PUT", "/v1/models/m:predict"}, Other{"get", "/v1/models/m"}, Other{"GET", "/v1/models/m:predict"},
        Other{"POST", "/v1/models/m"}, Other{"POST", "/v1/models/m:classify"}, Other{"POST", "/v1/models/m:regress"},
        Other{"GET", "/v1/models/"}, Other{"POST", "/v1/models/:predict"}, Other{"GET", "/v1/models/%6D"},
        Other{"POST", "/v1/models/a%2Fb:predict"}, Other{"POST", "/v1/models/m/labels/stable:predict"},
        Other{"POST", "/v1/models/m/versions/-1:predict"}, Other{"POST", "/v1/models/m/versions/:predict"},
        Other{"POST", "/v1/models/m/versions/1x:predict"},
        Other{"POST", "/v1/models/m/versions/99999999999999999999:predict"},
        Other{"POST", "/v1/models/m/versions/1/2:predict"}, Other{"POST", "/v1/models/m:x:predict"},
        Other{"POST", "/v2/models/m"}, Other{"GET", "/v2/models/m/infer/x"}, Other{"POST", "/v2/models//infer"},
        Other{"GET", "/v2/models/m/versions/+1/ready"}, Other{"GET", "/v2/models/m/config"}));

}  // namespace
}  // namespace ovserve
