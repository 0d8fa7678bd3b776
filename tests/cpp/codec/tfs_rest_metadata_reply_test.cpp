#include <gtest/gtest.h>

#include "codec/tfs_rest.h"

namespace ovserve::tfs_rest {
namespace {

TEST(MetadataReply, DescribesTheSignatureAsProtobufPrintsIt) {
  const Signature signature{{{"b", ElementType::kF32, {Dimension::any(), Dimension::fixed(10)}, false}},
                            {{"a", ElementType::kString, {}, true}}};
  EXPECT_EQ(write_metadata("m", 2, signature), R"({
 "modelSpec": {
  "name": "m",
  "signatureName": "",
  "version": "2"
 },
 "metadata": {
  "signature_def": {
   "@type": "type.googleapis.com/tensorflow.serving.SignatureDefMap",
   "signatureDef": {
    "serving_default": {
     "inputs": {
      "b": {
       "dtype": "DT_FLOAT",
       "tensorShape": {
        "dim": [
         {
          "size": "-1",
          "name": ""
         },
         {
          "size": "10",
          "name": ""
         }
        ],
        "unknownRank": false
       },
       "name": "b"
      }
     },
     "outputs": {
      "a": {
       "dtype": "DT_STRING",
       "tensorShape": {
        "dim": [],
        "unknownRank": true
       },
       "name": "a"
      }
     },
     "methodName": ""
    }
   }
  }
 }
}
)");
}

}  // namespace
}  // namespace ovserve::tfs_rest
